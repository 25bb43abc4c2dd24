"""The official charts' schemas and defaults, where they are on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hubwright.core.charts import Chart
from hubwright.core.yaml_source import parse_yaml

CHECKOUT = Path(__file__).resolve().parents[3]


def official_chart(name: str) -> Chart:
    """Read a chart from `$HUBWRIGHT_OFFICIAL_SCHEMAS`, else from a folder `schemas` beside the checkout; or skip."""
    given = os.environ.get("HUBWRIGHT_OFFICIAL_SCHEMAS")
    folders = [Path(given)] if given else sorted(CHECKOUT.parent.glob("*/schemas"))
    schemas = [file for folder in folders for file in sorted(folder.glob(f"{name}-*.values.schema.json"))]
    if not schemas:
        pytest.skip(f"the official schema of {name} is not on this machine ($HUBWRIGHT_OFFICIAL_SCHEMAS)")
    defaults = schemas[0].with_name(schemas[0].name.replace(".schema.json", ".yaml"))
    values = parse_yaml(defaults.read_text(), source=defaults.name, doubtful="as-helm").value
    subcharts = (official_chart("jupyterhub"),) if name == "binderhub" else ()
    return Chart(name, "official", values, json.loads(schemas[0].read_text()), subcharts)
