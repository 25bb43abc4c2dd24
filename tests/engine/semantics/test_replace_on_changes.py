"""`replaceOnChanges`: a change at or below a listed path turns an update into a replacement."""

from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ResourceError
from hubwright.engine.providers.base import PartialFailureError, ResourceState
from tests.engine.cloud import StackUnderTest, Thing, operations


@pytest.mark.parametrize(
    ("paths", "operation"),
    [
        (["size"], "replace"),
        (["size.spec"], "replace"),
        (["size.spec.ports[*]"], "replace"),
        (["*"], "replace"),
        (["size.spec.name"], "update"),
        (["other"], "update"),
    ],
)
def test_only_a_change_at_or_below_a_listed_path_replaces(stack: StackUnderTest, paths, operation):
    def program(port):
        size = {"spec": {"ports": [80, port], "name": "n"}}
        Thing("a", size=size, opts=ResourceOptions(replace_on_changes=paths))

    stack.up(lambda: program(1))
    assert operations(stack.up(lambda: program(2))) == {operation: 1}


def test_without_a_change_nothing_is_replaced(stack: StackUnderTest):
    options = ResourceOptions(replace_on_changes=["*"])
    stack.up(lambda: Thing("a", size=1, opts=options))
    assert not stack.up(lambda: Thing("a", size=1, opts=options)).changes


def test_everything_includes_a_failed_start(stack: StackUnderTest):
    options = ResourceOptions(replace_on_changes=["*"])
    half = PartialFailureError(ResourceState("half", {"name": "a", "address": "?"}), ["not ready"])
    stack.cloud.failing["create", "a"] = half
    with pytest.raises(ResourceError, match="not ready"):
        stack.up(lambda: Thing("a", name="a", opts=options))
    stack.cloud.failing.clear()
    stack.cloud.things["half"] = {"name": "a"}
    stack.up(lambda: Thing("a", name="a", opts=options))
    assert stack.cloud.changes() == ["create a", "delete a"]
