"""Refresh: the state becomes what is really there; the difference is told as what reality did to the state."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.events import Diagnostic, Operation
from hubwright.engine.options import RunOptions
from hubwright.engine.providers.base import PartialFailureError, ResourceState
from tests.engine.cloud import CloudDouble, StackUnderTest, Thing, operations, urn

REFRESH = RunOptions(refresh=True)


def step_of(result, name, operation=Operation.REFRESH):
    (step,) = (step for step in result.steps if step.name == name and step.operation is operation)
    return step


def one(size=1):
    return lambda: Thing("a", name="n", size=size)


def test_nothing_changed(stack: StackUnderTest):
    stack.up(one())
    before = stack.records("a")
    result = stack.refresh()
    assert not result.changes
    assert result.counts == {"same": 3}
    assert stack.records("a") == before


def test_a_change_is_taken_into_the_state_and_shown_the_way_it_happened(stack: StackUnderTest):
    stack.up(one())
    stack.thing("a")["size"] = 5
    result = stack.refresh()
    assert operations(result) == {"update": 1}
    step = step_of(result, "a")
    assert step.result is Operation.UPDATE
    assert [(diff.path, diff.old, diff.new) for diff in step.diff] == [("size", 1, 5)]
    record = stack.record("a")
    assert (record["inputs"]["size"], record["outputs"]["size"]) == (5, 5)
    assert stack.cloud.calls == []
    stack.up(one())
    assert stack.thing("a")["size"] == 1


def test_what_is_gone_leaves_the_state_and_is_made_anew(stack: StackUnderTest):
    stack.up(one())
    stack.cloud.things.clear()
    assert operations(stack.refresh()) == {"delete": 1}
    assert stack.records("a") == []
    assert operations(stack.up(one())) == {"create": 1}


def test_references_to_what_is_gone_go_with_it(stack: StackUnderTest):
    def program():
        first = Thing("first")
        parent = Thing("parent")
        middle = Thing("middle", opts=ResourceOptions(parent=parent))
        options = ResourceOptions(parent=middle, depends_on=[first], deleted_with=first)
        Thing("child", size=first.address, opts=options)

    stack.up(program)
    for name in ("first", "middle"):
        del stack.cloud.things[stack.record(name)["id"]]
    stack.refresh()
    child = stack.record("child")
    assert child["parent"] == stack.record("parent")["urn"]
    assert "dependencies" not in child or child["dependencies"] == []
    assert "deletedWith" not in child
    assert child["propertyDependencies"]["size"] == []
    stack.destroy()
    assert stack.cloud.things == {}


def test_a_preview_changes_nothing(stack: StackUnderTest):
    stack.up(one())
    before = stack.file.read_text()
    stack.thing("a")["size"] = 5
    assert operations(stack.preview_refresh()) == {"update": 1}
    assert stack.file.read_text() == before


def test_an_update_may_refresh_first(stack: StackUnderTest):
    stack.up(one())
    stack.thing("a")["size"] = 5
    assert not stack.up(one()).changes
    assert operations(stack.preview(one(), REFRESH)) == {"update": 1}
    result = stack.up(one(), REFRESH)
    assert operations(result) == {"update": 1}
    assert stack.thing("a")["size"] == 1
    assert step_of(result, "a").result is Operation.UPDATE


def test_so_may_a_destruction(stack: StackUnderTest):
    stack.up(one())
    stack.cloud.things.clear()
    with pytest.raises(ResourceError, match="deleted twice"):
        stack.destroy()
    stack.destroy(REFRESH)
    assert stack.cloud.calls == []


def test_ignored_changes_are_none(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1, opts=ResourceOptions(ignore_changes=["size"])))
    stack.thing("a")["size"] = 5
    assert step_of(stack.refresh(), "a").result is Operation.SAME


def test_secrets_stay_secret(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=pulumi.Output.secret("s3cret")))
    stack.thing("a")["size"] = "other-s3cret"
    result = stack.refresh()
    assert operations(result) == {"update": 1}
    assert "s3cret" not in stack.file.read_text() + repr(stack.events) + repr(result)


def test_what_is_only_read_is_compared_by_its_outputs(stack: StackUnderTest):
    stack.cloud.things["there"] = {"name": "found", "address": "10.1.1.1"}
    stack.up(lambda: Thing("theirs", opts=ResourceOptions(id="there")))
    stack.cloud.things["there"]["address"] = "10.2.2.2"
    assert operations(stack.refresh()) == {"update": 1}
    assert stack.record("theirs")["outputs"]["address"] == "10.2.2.2"
    assert stack.record("theirs")["external"] is True


class Sick(CloudDouble):
    def read(self, token, id, inputs, outputs, context):
        state = super().read(token, id, inputs, outputs, context)
        raise PartialFailureError(ResourceState(id, state.outputs, state.inputs), ["it coughs"])


class Unreachable(CloudDouble):
    def read(self, token, id, inputs, outputs, context):
        if context.urn.endswith("::a"):
            raise ApiError("no answer", status=503)
        return super().read(token, id, inputs, outputs, context)


def _open_with(stack, provider):
    return stack.open(lambda: None, providers={"cloud": lambda _inputs: provider(stack.cloud)})


def test_what_is_not_healthy_is_kept_and_told(stack: StackUnderTest):
    stack.up(one())
    _open_with(stack, Sick).refresh()
    assert stack.record("a")["initErrors"] == ["it coughs"]
    assert any("it coughs" in event.message for event in stack.events if isinstance(event, Diagnostic))
    assert operations(stack.up(one())) == {"update": 1}


def test_one_that_cannot_be_read_hinders_no_other(stack: StackUnderTest):
    stack.up(lambda: [Thing("a", size=1), Thing("b", size=1)])
    stack.thing("a")["size"] = stack.thing("b")["size"] = 5
    with pytest.raises(ApiError, match="no answer"):
        _open_with(stack, Unreachable).refresh()
    assert stack.record("a")["inputs"]["size"] == 1
    assert stack.record("b")["inputs"]["size"] == 5


def test_an_update_whose_refresh_failed_does_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1))
    stack.cloud.calls.clear()
    engine = stack.open(
        lambda: Thing("a", size=2) and None, providers={"cloud": lambda _inputs: Unreachable(stack.cloud)}
    )
    with pytest.raises(ApiError, match="no answer"):
        engine.up(REFRESH)
    assert stack.cloud.calls == []


def test_only_targets_are_refreshed(stack: StackUnderTest):
    stack.up(lambda: [Thing("a", size=1), Thing("b", size=1)])
    stack.thing("a")["size"] = stack.thing("b")["size"] = 5
    stack.refresh(RunOptions(targets=[urn("a")]))
    assert (stack.record("a")["inputs"]["size"], stack.record("b")["inputs"]["size"]) == (5, 1)


def test_dependents_too_where_asked_for(stack: StackUnderTest):
    stack.up(lambda: [Thing("b", size=Thing("a", name="a").address), Thing("c", size=1)])
    result = stack.refresh(RunOptions(targets=[urn("a")], target_dependents=True))
    assert sorted(step.name for step in result.steps) == ["a", "b"]


def test_excluded_ones_are_not(stack: StackUnderTest):
    stack.up(lambda: [Thing("b", size=Thing("a", name="a").address), Thing("c", size=1)])
    names = {step.name for step in stack.refresh(RunOptions(excludes=[urn("a")])).steps}
    assert {"b", "c"} <= names
    assert "a" not in names
    names = {step.name for step in stack.refresh(RunOptions(excludes=[urn("a")], exclude_dependents=True)).steps}
    assert names.isdisjoint({"a", "b"})


def test_a_target_that_is_not_there_is_an_error(stack: StackUnderTest):
    stack.up(one())
    with pytest.raises(ResourceError, match="Thing::nothing"):
        stack.refresh(RunOptions(targets=[urn("nothing")]))


def test_history_says_so(stack: StackUnderTest):
    stack.up(one())
    stack.refresh()
    kinds = [file.read_text() for file in sorted(stack.folder.rglob("*.history.json"))]
    assert '"kind": "refresh"' in kinds[-1]
