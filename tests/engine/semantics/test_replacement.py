"""Create, update in place, replace: the new one is made under a fresh name before the old one goes."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.core.errors import ResourceError
from hubwright.engine.events import ResourcePlanned
from tests.engine.cloud import StackUnderTest, Thing, operations


def test_creates_what_the_program_declares_and_exports_its_outputs(stack: StackUnderTest):
    result = stack.up(lambda: pulumi.export("address", Thing("a", size=1).address))
    assert operations(result) == {"create": 3}  # the stack, its default provider, the thing
    assert result.outputs == {"address": "10.0.0.id-1"}
    assert stack.engine.outputs() == result.outputs


def test_a_second_run_changes_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1))
    before = stack.records("a")
    assert not stack.preview(lambda: Thing("a", size=1)).changes
    assert not stack.up(lambda: Thing("a", size=1)).changes
    assert stack.cloud.calls == []
    assert stack.records("a") == before


def test_updates_in_place_and_keeps_the_made_up_name(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1))
    name = stack.live_names()
    assert operations(stack.up(lambda: Thing("a", size=2))) == {"update": 1}
    assert stack.cloud.changes() == ["update a"]
    assert stack.live_names() == name


def test_the_new_one_is_created_before_the_old_one_is_deleted(stack: StackUnderTest):
    stack.up(lambda: Thing("a", fixed="x"))
    assert operations(stack.up(lambda: Thing("a", fixed="y"))) == {"replace": 1}
    assert stack.cloud.changes() == ["create a", "delete a"]
    assert not stack.up(lambda: Thing("a", fixed="y")).changes


def test_dependents_move_to_the_new_one_before_the_old_one_goes(stack: StackUnderTest):
    def program(value):
        Thing("user", size=Thing("a", fixed=value).address)

    stack.up(lambda: program("x"))
    stack.up(lambda: program("y"))
    assert stack.cloud.changes() == ["create a", "update user", "delete a"]


def test_an_old_one_that_could_not_be_deleted_goes_with_the_next_run(stack: StackUnderTest):
    stack.up(lambda: Thing("a", fixed="x"))
    stack.cloud.failing["delete", "a"] = ResourceError("still in use")
    with pytest.raises(ResourceError, match="still in use"):
        stack.up(lambda: Thing("a", fixed="y"))
    assert [record.get("delete", False) for record in stack.records("a")] == [False, True]
    stack.cloud.failing.clear()
    stack.up(lambda: Thing("a", fixed="y"))
    assert stack.cloud.changes() == ["delete a"]
    assert len(stack.cloud.things) == 1


def test_previews_tell_the_changed_leaves_and_do_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1, fixed="x"))
    stack.preview(lambda: Thing("a", size=2, fixed="y"))
    (step,) = (e.step for e in stack.events if isinstance(e, ResourcePlanned) and e.step.operation == "replace")
    assert [(diff.path, diff.old, diff.new) for diff in step.diff][:2] == [("fixed", "x", "y"), ("name", *_names(step))]
    assert step.replaced_by == ("fixed",)
    assert stack.cloud.calls == []


def _names(step):
    return next((diff.old, diff.new) for diff in step.diff if diff.path == "name")


def test_refused_inputs_are_all_named(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="Thing::a: wrong inputs: size: must not be negative"):
        stack.preview(lambda: Thing("a", size=-1))


def test_the_same_name_twice_is_refused(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="Thing::a is registered twice"):
        stack.up(lambda: [Thing("a"), Thing("a")])
