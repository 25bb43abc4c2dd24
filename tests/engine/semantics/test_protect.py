"""`protect`: neither deleted nor replaced; a replacement is blocked only if it was protected and still is."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import PolicyError
from hubwright.engine.options import RunOptions
from tests.engine.cloud import StackUnderTest, Thing, urn


def program(value, *, protect=True):
    Thing("a", fixed=value, opts=ResourceOptions(protect=protect))


def test_protected_resources_are_neither_replaced_nor_deleted(stack: StackUnderTest):
    stack.up(lambda: program("x"))
    for run in (lambda: stack.up(lambda: program("y")), lambda: stack.up(lambda: None), stack.destroy):
        with pytest.raises(PolicyError, match="Thing::a"):
            run()
        assert stack.cloud.calls == []


def test_unprotecting_and_replacing_in_one_update_is_allowed(stack: StackUnderTest):
    stack.up(lambda: program("x"))
    stack.up(lambda: program("y", protect=False))
    assert stack.cloud.changes() == ["create a", "delete a"]


def test_so_is_protecting_and_replacing(stack: StackUnderTest):
    stack.up(lambda: program("x", protect=False))
    stack.up(lambda: program("y", protect=True))
    assert stack.cloud.changes() == ["create a", "delete a"]
    assert stack.record("a")["protect"] is True


def test_a_protected_resource_may_be_updated(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1, opts=ResourceOptions(protect=True)))
    stack.up(lambda: Thing("a", size=2, opts=ResourceOptions(protect=True)))
    assert stack.cloud.changes() == ["update a"]


def test_previews_refuse_as_updates_do(stack: StackUnderTest):
    stack.up(lambda: program("x"))
    for run in (lambda: stack.preview(lambda: program("y")), stack.preview_destroy):
        with pytest.raises(PolicyError, match="Thing::a"):
            run()


def test_children_inherit_it_and_may_refuse_it(stack: StackUnderTest):
    def program():
        group = pulumi.ComponentResource("my:index:Group", "g", None, ResourceOptions(protect=True))
        Thing("kept", opts=ResourceOptions(parent=group))
        Thing("free", opts=ResourceOptions(parent=group, protect=False))

    stack.up(program)
    assert stack.record("kept")["protect"] is True
    assert "protect" not in stack.record("free")


def test_what_is_asked_to_be_replaced_by_name_is_protected_too(stack: StackUnderTest):
    stack.up(lambda: program("x"))
    with pytest.raises(PolicyError, match="Thing::a"):
        stack.up(lambda: program("x"), RunOptions(replace=[urn("a")]))
