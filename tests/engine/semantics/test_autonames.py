"""A name that the provider makes up stays on updates; a replacement is checked without the old inputs."""

from __future__ import annotations

from pulumi import ResourceOptions

from hubwright.engine.options import RunOptions
from tests.engine.cloud import StackUnderTest, Thing, urn


def test_a_replacement_gets_a_fresh_name(stack: StackUnderTest):
    stack.up(lambda: Thing("a", fixed="x"))
    (name,) = stack.live_names()
    stack.up(lambda: Thing("a", fixed="y"))
    assert stack.live_names() != [name]


def test_so_does_one_that_is_deleted_first(stack: StackUnderTest):
    def program(value):
        Thing("a", fixed=value, opts=ResourceOptions(delete_before_replace=True))

    stack.up(lambda: program("x"))
    (name,) = stack.live_names()
    stack.up(lambda: program("y"))
    assert stack.live_names() != [name]


def test_and_one_that_is_replaced_on_demand(stack: StackUnderTest):
    stack.up(lambda: Thing("a"))
    (name,) = stack.live_names()
    stack.up(lambda: Thing("a"), RunOptions(replace=[urn("a")]))
    assert stack.live_names() != [name]


def test_ignored_changes_do_not_reach_a_replacement(stack: StackUnderTest):
    def program(value, size):
        Thing("a", fixed=value, size=size, opts=ResourceOptions(ignore_changes=["size"]))

    stack.up(lambda: program("x", 1))
    stack.up(lambda: program("y", 2))
    assert stack.thing("a")["size"] == 2
