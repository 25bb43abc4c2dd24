"""`deletedWith`: what goes with something else is not deleted itself, and is replaced with it."""

from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from tests.engine.cloud import StackUnderTest, Thing, operations


def program(value="x", *, outside=True, first=None):
    opts = ResourceOptions(delete_before_replace=first)
    container = Thing("outside", fixed=value, opts=opts)
    if outside:
        Thing("inside", opts=ResourceOptions(deleted_with=container))


def test_it_is_not_deleted_itself(stack: StackUnderTest):
    stack.up(program)
    stack.destroy()
    assert stack.cloud.changes() == ["delete outside"]


def test_it_is_deleted_when_its_container_stays(stack: StackUnderTest):
    stack.up(program)
    stack.up(lambda: program(outside=False))
    assert stack.cloud.changes() == ["delete inside"]


@pytest.mark.parametrize("first", [False, True])
def test_it_is_replaced_with_its_container(stack: StackUnderTest, first):
    stack.up(lambda: program("x", first=first))
    assert operations(stack.up(lambda: program("y", first=first))) == {"replace": 2}
    expected = ["create outside", "create inside"]
    assert stack.cloud.changes() == (["delete outside", *expected] if first else [*expected, "delete outside"])
