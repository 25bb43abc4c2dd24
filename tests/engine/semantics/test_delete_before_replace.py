"""Delete before replace: dependents that cannot live without the old one go first, and come back after the new one."""

from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import PolicyError, ResourceError
from tests.engine.cloud import StackUnderTest, Thing, operations

FIRST = ResourceOptions(delete_before_replace=True)


def test_only_dependents_that_must_be_replaced_are_deleted(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=FIRST)
        Thing("follows", fixed=first.address)
        Thing("stays", size=first.address)
        Thing("waits", opts=ResourceOptions(depends_on=[first]))

    stack.up(lambda: program("x"))
    assert operations(stack.preview(lambda: program("y"))) == {"replace": 2, "update": 1}
    assert stack.cloud.calls == []
    assert operations(stack.up(lambda: program("y"))) == {"replace": 2, "update": 1}
    assert stack.cloud.changes()[:3] == ["delete follows", "delete first", "create first"]
    assert sorted(stack.cloud.changes()[3:]) == ["create follows", "update stays"]
    assert not stack.up(lambda: program("y")).changes


def test_dependents_of_dependents_go_before_them(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=FIRST)
        Thing("third", fixed=Thing("second", fixed=first.address).address)

    stack.up(lambda: program("x"))
    stack.up(lambda: program("y"))
    names = ["delete third", "delete second", "delete first", "create first", "create second", "create third"]
    assert stack.cloud.changes() == names


def test_what_the_state_lists_as_replacing_counts_too(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=FIRST)
        Thing("second", size=first.address, opts=ResourceOptions(replace_on_changes=["size"]))

    stack.up(lambda: program("x"))
    stack.up(lambda: program("y"))
    assert stack.cloud.changes() == ["delete second", "delete first", "create first", "create second"]


def test_a_dependent_that_the_program_drops_stays_deleted(stack: StackUnderTest):
    def program(value, *, follows):
        first = Thing("first", fixed=value, opts=FIRST)
        if follows:
            Thing("follows", fixed=first.address)

    stack.up(lambda: program("x", follows=True))
    stack.up(lambda: program("y", follows=False))
    assert stack.cloud.changes() == ["delete follows", "delete first", "create first"]
    assert stack.records("follows") == []


def test_a_protected_dependent_stops_it_before_anything_is_deleted(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=FIRST)
        Thing("follows", fixed=first.address, opts=ResourceOptions(protect=True))

    stack.up(lambda: program("x"))
    with pytest.raises(PolicyError, match="Thing::follows is protected"):
        stack.up(lambda: program("y"))
    assert stack.cloud.calls == []


def test_pending_replacement_is_noted_only_once_the_delete_succeeded(stack: StackUnderTest):
    def program(value):
        Thing("a", fixed=value, opts=FIRST)

    stack.up(lambda: program("x"))
    stack.cloud.failing["delete", "a"] = ResourceError("busy")
    with pytest.raises(ResourceError, match="busy"):
        stack.up(lambda: program("y"))
    assert "pendingReplacement" not in stack.record("a")
    stack.cloud.failing = {("create", "a"): ResourceError("no quota")}
    with pytest.raises(ResourceError, match="no quota"):
        stack.up(lambda: program("y"))
    assert stack.record("a")["pendingReplacement"] is True


def test_what_was_deleted_is_made_anew_and_not_deleted_again(stack: StackUnderTest):
    def program(value):
        Thing("a", fixed=value, opts=FIRST)

    stack.up(lambda: program("x"))
    stack.cloud.failing = {("create", "a"): ResourceError("no quota")}
    with pytest.raises(ResourceError, match="no quota"):
        stack.up(lambda: program("y"))
    stack.cloud.failing.clear()
    assert operations(stack.up(lambda: program("y"))) == {"replace": 1}
    assert stack.cloud.changes() == ["create a"]


def test_and_is_only_forgotten_when_the_program_has_dropped_it(stack: StackUnderTest):
    def program(value):
        Thing("a", fixed=value, opts=FIRST)

    stack.up(lambda: program("x"))
    stack.cloud.failing = {("create", "a"): ResourceError("no quota")}
    with pytest.raises(ResourceError, match="no quota"):
        stack.up(lambda: program("y"))
    result = stack.up(lambda: None)
    assert stack.cloud.calls == []
    assert [str(step.operation) for step in result.steps if step.name == "a"] == ["remove-pending-replace"]
    assert stack.records("a") == []
