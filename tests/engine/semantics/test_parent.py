"""`parent`: the child's URN has its types; components group children and are nothing in the cloud."""

from __future__ import annotations

import pulumi
from pulumi import ResourceOptions

from tests.engine.cloud import StackUnderTest, Thing


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("my:index:Group", name, None, opts)
        self.address = Thing(f"{name}-child", opts=ResourceOptions(parent=self)).address
        self.register_outputs({"address": self.address})


def test_components_group_their_children(stack: StackUnderTest):
    def program():
        pulumi.export("address", Group("g").address)

    assert stack.up(program).outputs == {"address": "10.0.0.id-1"}
    assert stack.record("g-child")["urn"] == "urn:pulumi:dev::proj::my:index:Group$cloud:index:Thing::g-child"
    assert stack.record("g-child")["parent"] == stack.record("g")["urn"]
    assert stack.record("g")["outputs"] == {"address": "10.0.0.id-1"}
    assert "id" not in stack.record("g")
    assert not stack.up(program).changes
    stack.destroy()
    assert stack.cloud.things == {}


def test_types_of_all_ancestors_are_in_the_urn(stack: StackUnderTest):
    def program():
        outer = pulumi.ComponentResource("my:index:Outer", "o")
        inner = pulumi.ComponentResource("my:index:Inner", "i", None, ResourceOptions(parent=outer))
        Thing("a", opts=ResourceOptions(parent=inner))

    stack.up(program)
    assert stack.record("a")["urn"] == "urn:pulumi:dev::proj::my:index:Outer$my:index:Inner$cloud:index:Thing::a"


def test_the_stack_is_the_parent_of_what_has_none(stack: StackUnderTest):
    stack.up(lambda: Thing("a"))
    assert stack.record("a")["parent"] == "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
    assert stack.record("a")["urn"] == "urn:pulumi:dev::proj::cloud:index:Thing::a"
