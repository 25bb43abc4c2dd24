from __future__ import annotations

import copy
from pathlib import Path

import pytest

from hubwright.core.errors import ConfigError
from hubwright.core.profiles import PROFILES
from hubwright.core.settings import parse_settings
from hubwright.core.settings_reference import render_settings_reference
from hubwright.core.yaml_source import load_yaml

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config():
    file = PROJECT / "stacks" / "Pulumi.local.yaml"
    return copy.deepcopy(load_yaml(file.read_text(), source=file.name)["config"])


def _message(config, **options) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(config, stack="local", **options)
    assert caught.value.exit_code == 2
    return caught.value.message


@pytest.mark.parametrize("stack", ["local", "ovh-example"])
def test_the_stacks_in_the_checkout_are_right(stack):
    file = PROJECT / "stacks" / f"Pulumi.{stack}.yaml"
    parse_settings(load_yaml(file.read_text(), source=file.name)["config"], stack=stack)


def test_pulumis_json_text_is_read(config):
    config["hubwright:cloud"] = '{"kind": "ovh", "region": "GRA9"}'
    config["hubwright:protect"] = "false"
    settings = parse_settings(config, stack="local")
    assert settings.cloud.registry_location == "GRA"
    assert settings.protect is False


def test_keys_of_other_namespaces_are_left_alone(config):
    parse_settings({**config, "ovh:endpoint": "ovh-eu"}, stack="local")


def test_an_unknown_key_is_refused_with_its_place_and_the_nearest_name(config):
    config["hubwright:cluster"]["versoin"] = "1.36"
    message = _message(config, positions={("cluster", "versoin"): "stacks/Pulumi.local.yaml:9"})
    assert message == (
        "stack 'local': stacks/Pulumi.local.yaml:9: hubwright:cluster.versoin is not a known key; "
        "did you mean 'version'?"
    )


def test_every_fault_is_told_at_once(config):
    config["hubwright:cluster"]["plan"] = "gold"
    config["hubwright:nodePools"][0]["name"] = "core_pool"
    message = _message(config)
    assert "2 wrong settings" in message
    assert "hubwright:nodePools[0].name" in message


@pytest.mark.parametrize(
    ("section", "key", "value", "fault"),
    [
        ("network", "cidr", "10.2.128.0/17", "overlaps 10.2.0.0/16"),
        ("network", "cidr", "172.16.0.0/12", "overlaps 172.17.0.0/16"),
        ("network", "cidr", "10.20.0.1/16", "not an IPv4 network"),
        ("cluster", "version", "", "hubwright:cluster.version"),
        ("dns", "hubHost", "hub.example.org", "does not lie in the zone"),
        ("hub", "kind", "jupyter", "'binderhub' or 'jupyterhub'"),
        ("hub", "kind", "jupyterhub", "has profile 'binderhub-public', which is no jupyterhub"),
        ("hub", "profile", "small", "'binderhub-public', 'binderhub-authenticated', 'jupyterhub-class' or"),
        ("hub", "users", {"memoryGuarantee": "3G"}, "memoryGuarantee 3G is above memoryLimit 2G"),
        ("hub", "users", {"memoryGuarantee": "60G", "memoryLimit": "60G"}, "no b3-16 holds a user server of 60G"),
        ("hub", "builds", {"cleanBelowPercent": 90}, "cleanBelowPercent < cleanAbovePercent"),
        ("ingress", "gateway", {"name": "g", "namespace": "n", "port": 1}, "ingress.gateway.port is not a known key"),
    ],
)
def test_wrong_values(config, section, key, value, fault):
    config.setdefault(f"hubwright:{section}", {})[key] = value
    assert fault in _message(config)


@pytest.mark.parametrize(
    ("hub", "profile", "kind", "authentication"),
    [
        ({"kind": "binderhub"}, "binderhub-public", "binderhub", "anonymous"),
        ({"kind": "jupyterhub"}, "jupyterhub-class", "jupyterhub", "native"),
        ({"profile": "binderhub-authenticated"}, "binderhub-authenticated", "binderhub", "native"),
        ({"profile": "jupyterhub-research", "authentication": "custom"}, "jupyterhub-research", "jupyterhub", "custom"),
    ],
)
def test_a_profile_sets_what_is_left_out(config, hub, profile, kind, authentication):
    config["hubwright:hub"] = hub
    settings = parse_settings(config, stack="local").hub
    assert (settings.profile, settings.kind, settings.authentication) == (profile, kind, authentication)
    idle_s = PROFILES[profile].settings["culling"]["idleS"]
    assert settings.culling.idle_s == idle_s


def test_the_stack_file_outranks_the_profile_key_by_key(config):
    config["hubwright:hub"] = {"profile": "jupyterhub-research", "users": {"storage": "9Gi"}}
    users = parse_settings(config, stack="local").hub.users
    assert (users.storage, users.memory_guarantee) == ("9Gi", "4G")


def test_a_hub_without_profile_and_kind_is_refused(config):
    config["hubwright:hub"] = {}
    assert "hubwright:hub.profile is missing" in _message(config)


def test_a_jupyterhub_has_no_anonymous_users(config):
    config["hubwright:hub"] = {"profile": "jupyterhub-class", "authentication": "anonymous"}
    assert "a JupyterHub's users have names" in _message(config)


def test_autoscale_bounds_in_order(config):
    config["hubwright:nodePools"][1]["desired"] = 9
    assert "min ≤ desired ≤ max, and has 1, 9, 3" in _message(config)


def test_a_binderhub_needs_a_registry(config):
    del config["hubwright:registry"]
    assert "needs a registry" in _message(config)


def test_the_reference_page_is_what_the_model_says():
    assert (PROJECT / "docs" / "reference" / "settings.md").read_text() == render_settings_reference()
