"""What the program computes for both stacks fits the charts: our stand-ins, and the official schemas where present."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from components.chart_values import ValueLayers
from hubwright.adapters.chart_packages import read_chart
from hubwright.core.binder_values import binderhub_values
from hubwright.core.charts import Chart
from hubwright.core.hub_values import HubSecrets, RegistryAccess, jupyterhub_values
from hubwright.core.ingress_values import traefik_values
from hubwright.core.settings import Settings, parse_settings
from hubwright.core.values import StandIn, computed_layer, merge_layers
from hubwright.core.values_schema import check_chart_values
from hubwright.core.yaml_source import load_yaml, parse_yaml

PROJECT = Path(__file__).resolve().parents[2]
TEXT = StandIn("string", "something computed")


def _official_schemas(name: str) -> list[Path]:
    """Schemas in `$HUBWRIGHT_OFFICIAL_SCHEMAS`, else in a folder `schemas` beside the checkout."""
    given = os.environ.get("HUBWRIGHT_OFFICIAL_SCHEMAS")
    folders = [Path(given)] if given else sorted(PROJECT.parent.glob("*/schemas"))
    return [file for folder in folders for file in sorted(folder.glob(f"{name}-*.values.schema.json"))]


def _computed(chart: str, settings: Settings) -> dict[str, Any]:
    secrets = HubSecrets(TEXT, TEXT, TEXT, TEXT)
    registry = RegistryAccess(TEXT, TEXT, TEXT, TEXT)
    if chart == "traefik":
        return traefik_values(settings, TEXT)
    if chart == "jupyterhub":
        return jupyterhub_values(settings, secrets, registry)
    return binderhub_values(settings, secrets, registry, derive=lambda _, value: value)


def _problems(chart: Chart, stack: str) -> list[str]:
    file = PROJECT / "stacks" / f"Pulumi.{stack}.yaml"
    settings = parse_settings(load_yaml(file.read_text(), source=file.name)["config"], stack=stack)
    layers = ValueLayers(PROJECT, "ovh", stack).load(chart.name)
    merged = merge_layers([*layers, computed_layer(_computed(chart.name, settings))], chart=chart)
    return [str(problem) for problem in check_chart_values(merged)]


def _official(name: str) -> Chart:
    schemas = _official_schemas(name)
    if not schemas:
        pytest.skip(f"the official schema of {name} is not on this machine ($HUBWRIGHT_OFFICIAL_SCHEMAS)")
    defaults = schemas[0].with_name(schemas[0].name.replace(".schema.json", ".yaml"))
    values = parse_yaml(defaults.read_text(), source=defaults.name, doubtful="as-helm").value
    subcharts = (_official("jupyterhub"),) if name == "binderhub" else ()
    return Chart(name, "official", values, json.loads(schemas[0].read_text()), subcharts)


@pytest.mark.parametrize("stack", ["local", "ovh-example"])
@pytest.mark.parametrize("name", ["traefik", "jupyterhub", "binderhub"])
def test_values_fit_the_stand_in(name, stack):
    assert _problems(read_chart(PROJECT / "hubwright" / "sandbox" / "charts" / name), stack) == []


@pytest.mark.parametrize("stack", ["local", "ovh-example"])
@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_values_fit_the_official_schema(name, stack):
    assert _problems(_official(name), stack) == []
