"""What the program computes fits the charts, for every profile: our stand-ins, and official schemas where present."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any, get_args

import pytest

from components.value_layers import ValueLayers
from hubwright.adapters.chart_packages import read_chart
from hubwright.core.charts import Chart
from hubwright.core.profiles import PROFILES
from hubwright.core.settings import Settings, parse_settings
from hubwright.core.settings_cloud import CloudSettings
from hubwright.core.stack_releases import derive_unknown, stack_releases, unknown_facts
from hubwright.core.values import MergedValues, StandIn, computed_layer, merge_layers
from hubwright.core.values_schema import check_chart_values
from hubwright.core.yaml_source import load_yaml, parse_yaml

PROJECT = Path(__file__).resolve().parents[2]
CLOUDS = get_args(CloudSettings.model_fields["kind"].annotation)
GATEWAY = {"gateway": {"name": "public", "namespace": "ingress"}}


def _official_schemas(name: str) -> list[Path]:
    """Schemas in `$HUBWRIGHT_OFFICIAL_SCHEMAS`, else in a folder `schemas` beside the checkout."""
    given = os.environ.get("HUBWRIGHT_OFFICIAL_SCHEMAS")
    folders = [Path(given)] if given else sorted(PROJECT.parent.glob("*/schemas"))
    return [file for folder in folders for file in sorted(folder.glob(f"{name}-*.values.schema.json"))]


def _official(name: str) -> Chart:
    schemas = _official_schemas(name)
    if not schemas:
        pytest.skip(f"the official schema of {name} is not on this machine ($HUBWRIGHT_OFFICIAL_SCHEMAS)")
    defaults = schemas[0].with_name(schemas[0].name.replace(".schema.json", ".yaml"))
    values = parse_yaml(defaults.read_text(), source=defaults.name, doubtful="as-helm").value
    subcharts = (_official("jupyterhub"),) if name == "binderhub" else ()
    return Chart(name, "official", values, json.loads(schemas[0].read_text()), subcharts)


def _stand_in(name: str) -> Chart:
    return read_chart(PROJECT / "hubwright" / "sandbox" / "charts" / name)


def _settings(stack: str, **changed: Any) -> Settings:
    file = PROJECT / "stacks" / f"Pulumi.{stack}.yaml"
    config = copy.deepcopy(load_yaml(file.read_text(), source=file.name)["config"])
    return parse_settings({**config, **changed}, stack=stack)


def _merged(chart: Chart, settings: Settings, cloud: str, stack: str) -> MergedValues:
    releases = stack_releases(settings, unknown_facts(settings), derive=derive_unknown)
    release = next(release for release in releases if release.chart == chart.name)
    layers = ValueLayers(PROJECT, cloud, stack).load(chart.name, release.profile)
    own = [release.own] if release.own else []
    return merge_layers([*layers, *own, computed_layer(release.computed)], chart=chart)


def _problems(chart: Chart, settings: Settings, cloud: str = "ovh", stack: str = "none") -> list[str]:
    return [str(problem) for problem in check_chart_values(_merged(chart, settings, cloud, stack))]


@pytest.mark.parametrize("stack", ["local", "ovh-example"])
@pytest.mark.parametrize("find", [_stand_in, _official])
def test_the_stacks_in_the_checkout_fit(stack, find):
    settings = _settings(stack)
    assert _problems(_stand_in("traefik"), settings, stack=stack) == []
    assert _problems(find(settings.hub.kind), settings, stack=stack) == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("ingress", [{"replicas": 2}, {"tlsSecret": "tls"}, GATEWAY], ids=["plain", "tls", "gateway"])
@pytest.mark.parametrize("find", [_stand_in, _official])
def test_every_profile_fits_on_every_cloud(profile, cloud, ingress, find):
    hub = {"profile": profile, "admins": ["ada"], "builds": {"builder": "pink"}}
    settings = _settings("ovh-example", **{"hubwright:hub": hub, "hubwright:ingress": ingress})
    assert _problems(find(settings.hub.kind), settings, cloud) == []


@pytest.mark.parametrize("profile", [name for name, profile in PROFILES.items() if profile.kind == "jupyterhub"])
def test_a_jupyterhub_needs_no_registry(profile):
    settings = _settings("ovh-example", **{"hubwright:hub": {"profile": profile}}).model_copy(update={"registry": None})
    assert _problems(_stand_in("jupyterhub"), settings) == []


def test_members_of_a_binderhub_log_in_at_its_hub():
    settings = _settings("ovh-example", **{"hubwright:hub": {"profile": "binderhub-authenticated"}})
    values = _merged(_stand_in("binderhub"), settings, "ovh", "none").values
    hub = values["jupyterhub"]["hub"]
    assert values["config"]["BinderHub"]["auth_enabled"] is True
    assert values["replicas"] == 1
    assert hub["config"]["BinderSpawner"]["auth_enabled"] is True
    assert hub["config"]["JupyterHub"] == {"authenticator_class": "native", "redirect_to_server": False}
    assert hub["services"]["binder"]["oauth_redirect_uri"] == "http://binder.example.org/oauth_callback"
    assert values["jupyterhub"]["singleuser"]["cmd"] == "jupyterhub-singleuser"
    assert values["jupyterhub"]["cull"]["users"] is False


def test_banned_repositories_are_told_to_the_providers_which_alone_know_the_setting():
    values = _merged(_stand_in("binderhub"), _settings("ovh-example"), "ovh", "none").values
    assert values["config"]["RepoProvider"] == {"banned_specs": ["^example/no-thanks/.*"]}
    assert "banned_specs" not in values["config"]["BinderHub"]


def test_memory_is_in_bytes_since_kubespawner_reads_units_in_its_own_way():
    values = _merged(_stand_in("binderhub"), _settings("ovh-example"), "ovh", "none").values
    assert values["jupyterhub"]["singleuser"]["memory"] == {"guarantee": 10**9, "limit": 2 * 10**9}
    assert values["config"]["KubernetesBuildExecutor"]["memory_limit"] == 4 * 10**9


def test_builds_do_not_count_on_docker_on_the_node():
    assert _merged(_stand_in("binderhub"), _settings("local"), "ovh", "none").values["imageBuilderType"] == "dind"


def test_a_gateway_takes_the_place_of_the_ingress():
    settings = _settings("ovh-example", **{"hubwright:ingress": GATEWAY})
    values = _merged(_stand_in("binderhub"), settings, "ovh", "none").values
    assert "ingress" not in values
    parent = {"name": "public", "namespace": "ingress", "sectionName": "websecure"}
    assert values["httpRoute"] == {"enabled": True, "hostnames": ["binder.example.org"], "parentRefs": [parent]}
    assert values["config"]["BinderHub"]["hub_url"] == "https://hub.example.org/"


def test_secrets_stay_marked_in_what_follows_from_them():
    assert derive_unknown(str.upper, StandIn("string", "x", secret=True)).secret
    assert derive_unknown(str.upper, "known") == "KNOWN"
