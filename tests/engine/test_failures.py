"""Failing resources, failing programs, kills, cancels and locks: nothing is lost, and the next run converges."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
from pathlib import Path

import pulumi
import pytest

from hubwright.core.errors import (
    ApiError,
    CancelledError,
    ConfigError,
    HubwrightError,
    ResourceError,
    StateError,
    StateLockedError,
    ValuesError,
)
from hubwright.engine.events import Diagnostic, ResourceSkipped
from hubwright.engine.providers.base import PartialFailureError, ResourceState
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.file_backend import FileBackend
from tests.engine.cloud import StackUnderTest, Thing

NAME = StackName("proj", "dev")


def three():
    first = Thing("first")
    Thing("second", size=first.address)
    Thing("beside")
    pulumi.export("first", first.address)


def test_siblings_go_on_dependents_are_skipped_and_the_next_run_converges(stack: StackUnderTest):
    stack.cloud.failing["create", "first"] = ApiError("no quota left", status=413)
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(three)
    assert stack.live_names() == ["beside-0000001"] or len(stack.cloud.things) == 1
    assert any(isinstance(event, ResourceSkipped) and "second" in event.urn for event in stack.events)
    assert "pending_operations" not in stack.file.read_text()
    stack.cloud.failing.clear()
    stack.up(three)
    assert len(stack.cloud.things) == 3
    assert not stack.up(three).changes


def test_after_a_failure_nothing_is_deleted_and_old_outputs_stay(stack: StackUnderTest):
    result = stack.up(three)
    stack.cloud.failing["create", "new"] = ApiError("down", status=503)

    def program():
        Thing("new")
        pulumi.export("more", 1)

    with pytest.raises(ApiError):
        stack.up(program)
    assert "delete" not in " ".join(stack.cloud.changes())
    assert stack.engine.outputs() == {**result.outputs, "more": 1}


def test_an_unexpected_error_names_the_resource_and_hides_its_secrets(stack: StackUnderTest):
    stack.cloud.failing["create", "a"] = RuntimeError("cannot log in with s3cret")
    with pytest.raises(ResourceError, match=r"Thing::a: RuntimeError: cannot log in with \[secret\]"):
        stack.up(lambda: Thing("a", size=pulumi.Output.secret("s3cret")) and None)


def test_several_failures_are_listed_together(stack: StackUnderTest):
    for name in ("x", "y"):
        stack.cloud.failing["create", name] = ApiError(f"{name} is broken")
    with pytest.raises(ResourceError, match="2 resources failed") as raised:
        stack.up(lambda: [Thing("x"), Thing("y")].clear())
    assert "x is broken" in raised.value.message
    assert "y is broken" in raised.value.message


def test_half_made_resources_are_kept_and_updated_next_time(stack: StackUnderTest):
    half = PartialFailureError(ResourceState("half", {"name": "a", "address": "?"}), ["not ready"])
    stack.cloud.failing["create", "a"] = half
    with pytest.raises(ResourceError, match="not ready"):
        stack.up(lambda: Thing("a", name="a") and None)
    assert '"initErrors"' in stack.file.read_text()
    stack.up(lambda: Thing("a", name="a") and None)
    assert stack.cloud.changes() == ["update a"]
    assert '"initErrors"' not in stack.file.read_text()


def test_the_programs_error_has_its_own_line_and_deletes_nothing(tmp_path: Path):
    stack = StackUnderTest(tmp_path)
    stack.up(three)
    program = tmp_path / "__main__.py"
    program.write_text("import pulumi\n\nraise ValueError('wrong')\n")
    with pytest.raises(HubwrightError) as raised:
        stack.up(tmp_path)
    assert raised.value.message == "__main__.py:3: ValueError: wrong"
    assert stack.cloud.calls == []
    assert len(stack.cloud.things) == 3


def test_errors_of_ours_pass_through_from_anywhere_in_the_program(stack: StackUnderTest):
    def refuse(_value):
        raise ValuesError("values.yaml:3: bad")

    with pytest.raises(ValuesError, match=r"values\.yaml:3"):
        stack.preview(lambda: refuse(None))
    with pytest.raises(ValuesError, match=r"values\.yaml:3"):
        stack.preview(lambda: Thing("a", name="x").name.apply(refuse) and None)


@pytest.mark.parametrize("code", [0, None])
def test_a_program_may_end_itself_well(stack: StackUnderTest, code):
    def program():
        raise SystemExit(code)

    assert not stack.up(lambda: program()).counts.get("delete")


def test_a_program_that_ends_itself_badly_fails(stack: StackUnderTest):
    def program():
        raise SystemExit(3)

    with pytest.raises(HubwrightError, match=r"sys\.exit\(3\)"):
        stack.up(lambda: program())


def test_cancelling_lets_running_operations_finish_and_begins_no_others(stack: StackUnderTest):
    stack.cloud.on_call = lambda _operation, _name: stack.engine.cancel()

    def program():
        Thing("second", size=Thing("first").address)

    with pytest.raises(CancelledError):
        stack.up(program)
    assert stack.cloud.changes() == ["create first"]
    assert "Thing::first" in stack.file.read_text()
    stack.cloud.on_call = lambda _operation, _name: None
    assert stack.up(program).counts["create"] == 1


def _run_until_killed(folder: Path) -> None:
    stack = StackUnderTest(folder)

    def die(_operation: str, name: str) -> None:
        if name == "second":
            os.kill(os.getpid(), signal.SIGKILL)

    stack.cloud.on_call = die

    def program():
        Thing("second", size=Thing("first", name="n").address)

    stack.up(program)


@pytest.mark.contract
def test_a_killed_run_leaves_a_state_that_says_what_was_under_way(stack: StackUnderTest):
    child = multiprocessing.get_context("fork").Process(target=_run_until_killed, args=(stack.folder,))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    latest = json.loads(FileBackend(stack.folder).load(NAME) or "")["checkpoint"]["latest"]
    assert any(resource["urn"].endswith("Thing::first") for resource in latest["resources"])
    assert [operation["type"] for operation in latest["pending_operations"]] == ["creating"]
    stack.up(lambda: Thing("second", size=Thing("first", name="n").address) and None)
    assert stack.cloud.changes() == ["create second"]
    warnings = [event for event in stack.events if isinstance(event, Diagnostic)]
    assert "changes in its journal were taken into the state" in " ".join(event.message for event in warnings)
    assert [event.urn.rsplit("::", 1)[-1] for event in warnings if "while creating it" in event.message] == ["second"]


def test_a_lock_names_its_holder_and_a_dead_holders_lock_is_no_lock(stack: StackUnderTest):
    folder = stack.folder / ".pulumi" / "locks" / "organization" / "proj" / "dev"
    folder.mkdir(parents=True)
    holder = {"pid": 1, "username": "ana", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00+00:00"}
    (folder / "x.json").write_text(json.dumps(holder))
    with pytest.raises(StateLockedError, match=r"ana@elsewhere \(pid 1\) since 2026-01-01"):
        stack.up(three)
    stack.preview(three)
    (folder / "x.json").write_text(json.dumps({**holder, "hostname": socket.gethostname(), "pid": 2**22 + 1}))
    stack.up(three)
    assert list(folder.iterdir()) == []


def test_a_full_disk_loses_nothing(stack: StackUnderTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    stack.up(lambda: Thing("first", name="n") and None)
    before = stack.file.read_text()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    def fill(operation: str, _name: str) -> None:
        monkeypatch.setattr("os.fsync", full)

    stack.cloud.on_call = fill
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(StateError, match="No space left on device") as raised:
        stack.up(lambda: Thing("second", size=Thing("first", name="n").address) and None)
    assert json.loads(stack.file.read_text())["checkpoint"]["latest"]["resources"]
    assert "Thing::second" not in before
    rescued = Path(str(raised.value.hint).split("kept in ")[1].split(":")[0])
    assert "Thing::second" in rescued.read_text()


@pytest.mark.parametrize("ask", [lambda: "", lambda: (_ for _ in ()).throw(ConfigError("no passphrase"))])
def test_nothing_that_has_secrets_is_made_where_they_cannot_be_encrypted(stack: StackUnderTest, ask):
    def program():
        Thing("key", size=pulumi.Output.secret("s3cret"))

    with pytest.raises(ConfigError, match="passphrase"):
        stack.up(program, passphrase=ask)
    assert stack.cloud.calls == []
    assert all("s3cret" not in file.read_text() for file in stack.folder.rglob("*") if file.is_file())
    assert stack.up(program).counts["create"]
