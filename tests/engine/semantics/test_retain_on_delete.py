"""`retainOnDelete`: gone from the state, still there in the cloud; on deletes and on replacements."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import ResourceOptions

from tests.engine.cloud import StackUnderTest, Thing

RETAIN = ResourceOptions(retain_on_delete=True)


def test_destroy_forgets_it_only(stack: StackUnderTest):
    stack.up(lambda: Thing("a", opts=RETAIN))
    stack.destroy()
    assert stack.cloud.calls == []
    assert len(stack.cloud.things) == 1
    assert stack.records("a") == []


@pytest.mark.parametrize("first", [False, True])
def test_a_replacement_leaves_the_old_one_there(stack: StackUnderTest, first):
    options = ResourceOptions.merge(RETAIN, ResourceOptions(delete_before_replace=first))
    stack.up(lambda: Thing("a", fixed="x", opts=options))
    stack.up(lambda: Thing("a", fixed="y", opts=options))
    assert stack.cloud.changes() == ["create a"]
    assert len(stack.cloud.things) == 2
    assert len(stack.records("a")) == 1


def test_children_inherit_it(stack: StackUnderTest):
    def program():
        group = pulumi.ComponentResource("my:index:Group", "g", None, RETAIN)
        Thing("a", opts=ResourceOptions(parent=group))

    stack.up(program)
    assert stack.record("a")["retainOnDelete"] is True
