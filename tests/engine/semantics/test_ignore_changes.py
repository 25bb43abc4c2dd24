"""`ignoreChanges`: the old value is put back at a path before the provider checks the inputs."""

from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from hubwright.engine.property_paths import apply_ignored_changes
from hubwright.engine.property_values import Secret
from tests.engine.cloud import StackUnderTest, Thing


def test_an_ignored_change_is_none(stack: StackUnderTest):
    def program(size):
        Thing("a", size=size, opts=ResourceOptions(ignore_changes=["size"]))

    stack.up(lambda: program(1))
    assert not stack.up(lambda: program(2)).changes
    assert stack.record("a")["inputs"]["size"] == 1


def test_the_provider_never_sees_an_ignored_value(stack: StackUnderTest):
    def program(size):
        Thing("a", size=size, opts=ResourceOptions(ignore_changes=["size"]))

    stack.up(lambda: program(1))
    stack.up(lambda: program(-1))  # which the provider's check refuses


def test_a_new_resource_ignores_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1, opts=ResourceOptions(ignore_changes=["size"])))
    assert stack.thing("a")["size"] == 1


def test_paths_reach_into_values(stack: StackUnderTest):
    def program(image, replicas):
        size = {"pods": [{"image": image, "replicas": replicas}]}
        Thing("a", size=size, opts=ResourceOptions(ignore_changes=["size.pods[*].replicas"]))

    stack.up(lambda: program("v1", 1))
    assert not stack.up(lambda: program("v1", 7)).changes
    stack.up(lambda: program("v2", 7))
    assert stack.thing("a")["size"] == {"pods": [{"image": "v2", "replicas": 1}]}


@pytest.mark.parametrize(
    ("path", "new", "old", "merged"),
    [
        ("a", {"a": 1}, {"a": 9}, {"a": 9}),
        ("a", {"a": 1}, {}, {}),
        ("a", {}, {"a": 9}, {"a": 9}),
        ("a.b", {"a": {"b": 1, "c": 2}}, {"a": {}}, {"a": {"c": 2}}),
        ("a.b", {"a": {"b": 1}}, {}, {"a": {}}),
        ("a[1]", {"a": [1, 2]}, {"a": [8, 9]}, {"a": [1, 9]}),
        ("a[*]", {"a": [1, 2]}, {"a": [8, 9]}, {"a": [8, 9]}),
        ("*", {"a": 1, "b": 2}, {"a": 9}, {"a": 9}),
        ("*.x", {"a": {"x": 1, "y": 2}}, {"a": {"x": 9}}, {"a": {"x": 9, "y": 2}}),
        ('["a.b"]', {"a.b": 1}, {"a.b": 9}, {"a.b": 9}),
        ("a", {"a": 1}, {"a": Secret(9)}, {"a": Secret(9)}),
        ("a.b", {"a": {"b": 1}}, {"a": Secret({"b": 9})}, {"a": {"b": Secret(9)}}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": {"b": 9}}, {"a": Secret({"b": 9})}),
        ("a[5]", {"a": [1]}, {"a": [2]}, {"a": [1]}),
    ],
)
def test_the_old_value_is_put_back(path, new, old, merged):
    assert apply_ignored_changes(new, old, [path]) == (merged, ())


@pytest.mark.parametrize(
    ("path", "new", "old"),
    [
        ("a.b", {}, {"a": {"b": 9}}),
        ("a[1]", {"a": [1]}, {"a": [8, 9]}),
        ("a[1].b", {"a": [1]}, {"a": [8, {"b": 9}]}),
        ("a[0]", {"a": 1}, {"a": [9]}),
        ("a.b", {"a": 1}, {"a": {"b": 9}}),
    ],
)
def test_what_is_added_or_removed_above_a_path_cannot_be_ignored(path, new, old):
    assert apply_ignored_changes(new, old, [path]) == (new, (path,))
