"""`dependsOn`: an order without a value; a component stands for all its children."""

from __future__ import annotations

import pulumi
from pulumi import ResourceOptions

from tests.engine.cloud import StackUnderTest, Thing, operations, urn


def test_it_orders_creates_and_deletes(stack: StackUnderTest):
    stack.up(lambda: Thing("second", opts=ResourceOptions(depends_on=[Thing("first")])))
    assert stack.cloud.changes() == ["create first", "create second"]
    assert stack.record("second")["dependencies"] == [urn("first")]
    stack.destroy()
    assert stack.cloud.changes() == ["delete second", "delete first"]


def test_on_a_component_it_means_its_children(stack: StackUnderTest):
    def program():
        group = pulumi.ComponentResource("my:index:Group", "g")
        Thing("inside", opts=ResourceOptions(parent=group))
        Thing("after", opts=ResourceOptions(depends_on=[group]))

    stack.up(program)
    assert stack.cloud.changes() == ["create inside", "create after"]
    assert any(dependency.endswith("::inside") for dependency in stack.record("after")["dependencies"])
    stack.destroy()
    assert stack.cloud.changes() == ["delete after", "delete inside"]


def test_an_added_or_dropped_order_changes_the_state_only(stack: StackUnderTest):
    def program(*, ordered):
        first = Thing("first")
        Thing("second", opts=ResourceOptions(depends_on=[first] if ordered else []))

    stack.up(lambda: program(ordered=False))
    assert operations(stack.up(lambda: program(ordered=True))) == {}
    assert stack.record("second")["dependencies"] == [urn("first")]
    stack.up(lambda: program(ordered=False))
    assert "dependencies" not in stack.record("second")
