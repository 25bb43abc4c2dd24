"""The `stack` verbs, `cancel`, and which stack a command means."""

from __future__ import annotations

import json
import os

import pytest

from hubwright.core.errors import StackNotFoundError, StateError, UsageError
from hubwright.workflows.backend_url import backend_url
from hubwright.workflows.selection import resolve_stack
from hubwright.workflows.stack import (
    cancel_update,
    choose_stack,
    chosen_stack,
    init_stack,
    list_stacks,
    read_history,
    remove_stack,
    rename_whole_stack,
    require_stack,
)
from hubwright.workflows.state import list_resources, show_resource
from hubwright.workflows.state_store import StateStore
from hubwright.workflows.target import DeployTarget


def agree() -> None:
    """Say yes."""


def remove(target, *, force=False, preserve_config=False):
    return remove_stack(target, agree, force=force, preserve_config=preserve_config, remove_backups=False)


def test_init_makes_settings_and_an_empty_state_and_chooses_it(target):
    init_stack(target)
    assert "encryptionsalt: v1:" in target.project.stack_file("dev").read_text()
    assert list_resources(target) == []
    assert chosen_stack(target.project) == "dev"
    with pytest.raises(StateError, match="exists already"):
        init_stack(target)


def test_init_keeps_settings_that_are_there(target):
    file = target.project.stack_file("dev")
    file.write_text("# mine\nconfig:\n  proj:a: 1 # one\n")
    init_stack(target)
    assert file.read_text().startswith("# mine\nconfig:\n  proj:a: 1 # one\n")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 101])
def test_wrong_names_are_refused(project, name):
    with pytest.raises(UsageError):
        init_stack(DeployTarget(project, name, "embedded", None, None))


def test_ls_shows_settings_without_a_state_too(deployed):
    deployed.project.stack_file("prod").write_text("config: {}\n")
    assert [(item["name"], item["current"], item["resourceCount"]) for item in list_stacks(deployed)] == [
        ("dev", True, 4),
        ("prod", False, None),
    ]


def test_rm_refuses_a_stack_with_resources(deployed):
    with pytest.raises(StateError, match="still has resources") as raised:
        remove(deployed)
    assert "destroy dev" in raised.value.hint
    remove(deployed, force=True)
    assert not deployed.project.stack_file("dev").exists()
    assert chosen_stack(deployed.project) is None
    with pytest.raises(StackNotFoundError):
        list_resources(deployed)


def test_rm_can_keep_the_settings(target):
    init_stack(target)
    remove(target, preserve_config=True)
    assert target.project.stack_file("dev").exists()


def test_rename_moves_state_settings_and_choice(deployed):
    rename_whole_stack(deployed, "prod")
    project = deployed.project
    renamed = DeployTarget(project, "prod", "embedded", None, None)
    urn = "urn:pulumi:prod::proj::cloud:index:Vm::vm"
    found = show_resource(renamed, urn, show_secrets=True)
    assert found["outputs"] == {"pw": "s3cret"}
    assert found["dependencies"] == ["urn:pulumi:prod::proj::cloud:index:Net::net"]
    assert "urn:pulumi:prod::proj::pulumi:pulumi:Stack::proj-prod" in [i["urn"] for i in list_resources(renamed)]
    assert project.stacks() == ["prod"]
    assert chosen_stack(project) == "prod"


def test_history_is_the_newest_first(deployed):
    store = StateStore(deployed)
    for kind in ("update", "destroy"):
        summary = {"kind": kind, "startTime": 1_700_000_000, "endTime": 1_700_000_060, "result": "succeeded"}
        with store.backend.lock(store.name):
            store.backend.record_update(store.name, {**summary, "resourceChanges": {"create": 2}})
    updates = read_history(deployed)
    assert [item["kind"] for item in updates] == ["destroy", "update"]
    assert updates[0]["endTime"] == "2023-11-14T22:14:20Z"


def test_cancel_breaks_a_lock_and_names_its_holder(deployed):
    store = StateStore(deployed)
    assert "nothing holds" in cancel_update(deployed, agree)
    with store.backend.lock(store.name):
        assert f"pid {os.getpid()}" in cancel_update(deployed, agree)
        assert store.backend.list_locks(store.name) == []


def test_a_command_means_the_named_the_environments_the_chosen_or_the_default_stack(project):
    url = backend_url(project, os.environ)
    with pytest.raises(UsageError, match="which stack"):
        resolve_stack(project, None, url, {"PULUMI_HOME": os.environ["PULUMI_HOME"]}, default=None)
    environment = {"PULUMI_HOME": os.environ["PULUMI_HOME"]}
    assert resolve_stack(project, None, url, environment, default="local") == "local"
    choose_stack(project, "dev")
    assert resolve_stack(project, None, url, environment, default="local") == "dev"
    assert resolve_stack(project, None, "s3://elsewhere", environment, default="local") == "local"
    environment["PULUMI_STACK"] = "organization/proj/env"
    assert resolve_stack(project, None, url, environment, default="local") == "env"
    assert resolve_stack(project, "named", url, environment, default="local") == "named"


def test_a_wrong_choice_names_the_nearest(deployed):
    with pytest.raises(StackNotFoundError) as raised:
        require_stack(DeployTarget(deployed.project, "dex", "embedded", None, None))
    assert "dev" in raised.value.hint


def test_the_choice_is_kept_as_pulumi_keeps_it(project, tmp_path):
    choose_stack(project, "dev")
    (file,) = (tmp_path / "home" / "workspaces").iterdir()
    assert json.loads(file.read_text())["stacks"] == {backend_url(project, {}): "organization/proj/dev"}
    choose_stack(project, None)
    assert not file.exists()


def test_the_backend_is_where_pulumi_would_look(project, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.json").write_text('{"current": "s3://states"}')
    environment = {"PULUMI_HOME": str(home)}
    assert backend_url(project, environment) == "s3://states"
    assert backend_url(project, environment, local=True).endswith("/.hubwright/state")
    assert backend_url(project, {**environment, "PULUMI_BACKEND_URL": "file:///x"}, local=True) == "file:///x"
