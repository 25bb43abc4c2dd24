"""The `state` verbs: what they change, and what they refuse as Pulumi does."""

from __future__ import annotations

import json

import pytest

from hubwright.core.errors import ConfigError, PolicyError, StackNotFoundError, StateError, UsageError
from hubwright.workflows.state import (
    delete_from_state,
    export_state,
    import_state,
    list_resources,
    protect_resources,
    rename_in_state,
    show_resource,
)
from hubwright.workflows.state_store import StateStore
from tests.workflows.verbs.conftest import NET, PROVIDER, STACK, VM


def agree() -> None:
    """Say yes."""


def urns(target):
    return [item["urn"] for item in list_resources(target)]


def test_list_keeps_the_states_order(deployed):
    assert urns(deployed) == [STACK, PROVIDER, NET, VM]


def test_a_stack_without_a_state_is_named(target):
    with pytest.raises(StackNotFoundError, match="dev"):
        list_resources(target)


def test_show_masks_secrets_unless_told(deployed):
    assert show_resource(deployed, VM, show_secrets=False)["outputs"] == {"pw": "[secret]"}
    assert show_resource(deployed, VM, show_secrets=True)["outputs"] == {"pw": "s3cret"}


def test_a_wrong_urn_names_the_nearest(deployed):
    with pytest.raises(UsageError) as raised:
        show_resource(deployed, VM[:-1] + "n", show_secrets=False)
    assert VM in raised.value.hint


def test_delete_refuses_what_others_need(deployed):
    with pytest.raises(StateError, match="need") as raised:
        delete_from_state(deployed, [NET], agree, force=True, target_dependents=False)
    assert VM in raised.value.message
    assert len(urns(deployed)) == 4


def test_delete_refuses_the_protected_also_among_dependents(deployed):
    with pytest.raises(PolicyError):
        delete_from_state(deployed, [PROVIDER], agree, force=False, target_dependents=True)
    delete_from_state(deployed, [PROVIDER], agree, force=True, target_dependents=True)
    assert urns(deployed) == [STACK]


def test_delete_asks_before_it_writes(deployed):
    def refuse():
        raise UsageError("no")

    with pytest.raises(UsageError):
        delete_from_state(deployed, [VM], refuse, force=False, target_dependents=False)
    assert VM in urns(deployed)


def test_protect_and_unprotect(deployed):
    assert protect_resources(deployed, [NET], protect=False).startswith("1 resource ")
    assert protect_resources(deployed, None, protect=True).startswith("3 resources")
    assert [item["protect"] for item in list_resources(deployed)] == [False, True, True, True]


def test_rename_is_followed_by_what_refers_to_it(deployed):
    rename_in_state(deployed, NET, "lan")
    new = NET.replace("::net", "::lan")
    assert show_resource(deployed, VM, show_secrets=False)["dependencies"] == [new]
    rename_in_state(deployed, PROVIDER, "other")
    assert show_resource(deployed, VM, show_secrets=False)["provider"] == f"{PROVIDER[:-7]}other::p1"
    with pytest.raises(UsageError, match="already"):
        rename_in_state(deployed, VM.replace("Vm::vm", "Vm::vm"), "vm")


def test_export_and_import_come_round(deployed):
    exported = json.dumps(export_state(deployed, show_secrets=False))
    assert "s3cret" not in exported
    delete_from_state(deployed, [VM], agree, force=False, target_dependents=False)
    assert "4 resources" in import_state(deployed, exported, agree, source="x", force=False)
    assert show_resource(deployed, VM, show_secrets=True)["outputs"] == {"pw": "s3cret"}


def test_secrets_exported_in_clear_are_encrypted_by_the_import(deployed):
    exported = export_state(deployed, show_secrets=True)
    assert '\\"s3cret\\"' in json.dumps(exported)
    import_state(deployed, json.dumps(exported), agree, source="x", force=False)
    assert "s3cret" not in StateStore(deployed).require_text()
    assert show_resource(deployed, VM, show_secrets=True)["outputs"] == {"pw": "s3cret"}


def test_import_refuses_another_stacks_state(deployed):
    exported = json.dumps(export_state(deployed, show_secrets=False)).replace("pulumi:dev::", "pulumi:prod::")
    with pytest.raises(StateError, match="another stack"):
        import_state(deployed, exported, agree, source="x", force=False)
    import_state(deployed, exported, agree, source="x", force=True)


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 3}', '{"version": 9, "deployment": {}}'])
def test_import_refuses_what_is_no_state(deployed, text):
    with pytest.raises(ConfigError):
        import_state(deployed, text, agree, source="x", force=True)


def test_import_refuses_a_state_that_breaks_a_rule_even_with_force(deployed):
    exported = export_state(deployed, show_secrets=False)
    exported["deployment"]["resources"].reverse()
    with pytest.raises(StateError):
        import_state(deployed, json.dumps(exported), agree, source="x", force=True)
    assert len(urns(deployed)) == 4
