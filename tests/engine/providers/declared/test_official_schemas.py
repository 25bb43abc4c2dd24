"""The declarations against facts gathered from the official plugins, where a checkout has them beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubwright.engine.providers.declared.resource import ResourceType
from hubwright.engine.providers.openstack.provider import RESOURCE_TYPES as OPENSTACK_TYPES
from hubwright.engine.providers.ovh.provider import RESOURCE_TYPES as OVH_TYPES

FACTS = Path(__file__).resolve().parents[5] / "shared" / "facts"

# What we do on purpose in another way than the plugin, or what its newer release has and the facts have not.
ELSEWHERE = {
    # A changed region or project does nothing in the plugin; an honest replacement here.
    ("ovh:CloudProject/containerRegistry:ContainerRegistry", "region"),
    ("ovh:CloudProject/containerRegistry:ContainerRegistry", "serviceName"),
    # New since: https://www.pulumi.com/registry/packages/ovh/api-docs/cloudproject/kube/
    ("ovh:CloudProject/kube:Kube", "ipAllocationPolicy"),
    ("ovh:CloudProject/kube:Kube", "customizationCilium"),
}


def facts(package: str) -> dict[str, Any]:
    path = FACTS / f"pulumi-{package}.json"
    if not path.is_file():
        pytest.skip("the facts about the official plugins are not beside this checkout")
    resources: dict[str, Any] = json.loads(path.read_text())["resources"]
    return resources


def types() -> list[type[ResourceType]]:
    return [*OVH_TYPES, *OPENSTACK_TYPES]


@pytest.mark.parametrize("declared", types(), ids=lambda declared: declared.type_name)
def test_declaration_is_the_official_one(declared: type[ResourceType]) -> None:
    token = declared.type_name
    official = facts(token.partition(":")[0])[token]
    fields = {key: field for key, field in declared.fields.items() if (token, key) not in ELSEWHERE}
    known = [key for key in official["types"] if (token, key) not in ELSEWHERE]

    assert set(fields) == set(known)
    assert {key for key, field in fields.items() if field.force_new} == set(official["forceNew"]) & set(fields)
    assert {key for key, field in fields.items() if field.output_only} == set(official["outputOnly"])
    assert {key for key, field in fields.items() if field.secret} == set(official["secret"])
    assert any(field.autoname for field in fields.values()) is official["autoname_name_input"]
    for key, field in fields.items():
        assert official["types"][key].startswith("#" if field.kind == "object" else field.kind), key


@pytest.mark.parametrize("declared", types(), ids=lambda declared: declared.type_name)
def test_optional_and_required_inputs_are_the_official_ones(declared: type[ResourceType]) -> None:
    token = declared.type_name
    official = facts(token.partition(":")[0])[token]
    fields = {key: field for key, field in declared.fields.items() if (token, key) not in ELSEWHERE}
    # What falls back to the environment in the plugin is optional for a program.
    required = {
        key for key, field in fields.items() if field.required and not field.default_from and not field.computed
    }
    computed = {key for key, field in fields.items() if field.computed or field.default_from}

    assert required == set(official["requiredInputs"]) & set(fields)
    assert computed == set(official["optionalComputed"]) & set(fields)


@pytest.mark.parametrize("declared", types(), ids=lambda declared: declared.type_name)
def test_collections_that_the_plugin_insists_on_are_declared(declared: type[ResourceType]) -> None:
    path = FACTS / "must-output-collections.json"
    if not path.is_file():
        pytest.skip("the facts about the official plugins are not beside this checkout")
    for collection in json.loads(path.read_text())[declared.type_name]:
        assert collection["prop"] in declared.fields
