"""Deletes come after the program has ended, dependents first: over inputs, dependsOn, parents and providers."""

from __future__ import annotations

import threading

import pulumi
from pulumi import ResourceOptions

from tests.engine.cloud import CloudProvider, StackUnderTest, Thing, operations


def test_what_the_program_dropped_goes_after_what_depends_on_it(stack: StackUnderTest):
    def program():
        first = Thing("first")
        second = Thing("second", peer=first.address)
        Thing("third", opts=ResourceOptions(depends_on=[second]))

    stack.up(program)
    assert operations(stack.up(lambda: None))["delete"] == 4  # the default provider goes with them
    assert stack.cloud.changes() == ["delete third", "delete second", "delete first"]
    assert stack.cloud.things == {}


def test_deletes_wait_for_the_end_of_the_program(stack: StackUnderTest):
    stack.up(lambda: Thing("old"))
    stack.up(lambda: Thing("second", size=Thing("first").address))
    assert stack.cloud.changes() == ["create first", "create second", "delete old"]


def test_children_go_before_their_parent(stack: StackUnderTest):
    stack.up(lambda: Thing("child", opts=ResourceOptions(parent=Thing("parent"))))
    stack.up(lambda: None)
    assert stack.cloud.changes() == ["delete child", "delete parent"]


def test_a_provider_goes_after_all_that_it_made(stack: StackUnderTest):
    def program():
        provider = CloudProvider("there", region="A")
        Thing("a", opts=ResourceOptions(provider=provider))

    stack.up(program)
    result = stack.up(lambda: None)
    assert [step.name for step in result.steps if step.operation == "delete"] == ["a", "there"]


def test_destroy_leaves_nothing_and_does_not_run_the_program(stack: StackUnderTest):
    stack.up(lambda: Thing("b", peer=Thing("a").address))
    stack.destroy()
    assert stack.cloud.changes() == ["delete b", "delete a"]
    assert stack.records("a") == []


def test_what_does_not_depend_on_one_another_goes_side_by_side(stack: StackUnderTest):
    stack.up(lambda: [Thing(name) for name in "xyz"])
    together = threading.Barrier(3, timeout=10)
    stack.cloud.on_call = lambda _operation, _name: together.wait() and None
    stack.destroy()
    assert stack.cloud.things == {}


def test_a_preview_tells_the_deletes_in_order(stack: StackUnderTest):
    stack.up(lambda: Thing("b", peer=Thing("a").address))
    names = [step.name for step in stack.preview_destroy().steps]
    assert names.index("b") < names.index("a") < names.index("proj-dev")
    assert stack.cloud.calls == []


def test_a_custom_resource_that_becomes_a_component_is_deleted(stack: StackUnderTest):
    class Group(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("cloud:index:Thing", name)

    stack.up(lambda: Thing("a"))
    stack.up(lambda: Group("a"))
    assert stack.cloud.changes() == ["delete a"]
    assert not stack.record("a")["custom"]
