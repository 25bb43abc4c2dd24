"""`aliases`: a resource that was called something else is the same one; its children follow it."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import Alias, ResourceOptions

from hubwright.core.errors import ResourceError
from tests.engine.cloud import CloudProvider, StackUnderTest, Thing, operations


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, type_="my:index:Group", child="child"):
        super().__init__(type_, name, None, opts)
        Thing(child.format(name), opts=ResourceOptions(parent=self))


def unchanged(stack: StackUnderTest, before, after):
    stack.up(before)
    result = stack.up(after)
    assert operations(result) == {}
    assert stack.cloud.calls == []


def named(name, **options):
    return lambda: Thing(name, opts=ResourceOptions(**options))


@pytest.mark.parametrize("alias", [Alias(name="old"), "urn:pulumi:dev::proj::cloud:index:Thing::old"])
def test_a_name(stack: StackUnderTest, alias):
    unchanged(stack, named("old"), named("new", aliases=[alias]))
    assert stack.records("old") == []


def test_the_state_keeps_no_alias_so_that_the_old_name_is_free_again(stack: StackUnderTest):
    unchanged(stack, named("old"), named("new", aliases=[Alias(name="old")]))
    assert "aliases" not in stack.record("new")
    stack.up(lambda: [named("old")(), named("new")()])
    assert stack.cloud.changes() == ["create old"]


def test_a_type(stack: StackUnderTest):
    old_type = "my:index:Old"
    after = lambda: Group("g", ResourceOptions(aliases=[Alias(type_=old_type)]))  # noqa: E731
    unchanged(stack, lambda: Group("g", type_=old_type), after)
    assert stack.record("child")["urn"].startswith("urn:pulumi:dev::proj::my:index:Group$")


def test_a_parent_that_is_gone(stack: StackUnderTest):
    group = "urn:pulumi:dev::proj::my:index:Group::g"
    stack.up(lambda: Group("g"))
    assert operations(stack.up(named("child", aliases=[Alias(parent=group)]))) == {"delete": 1}
    assert stack.cloud.calls == []


def test_no_parent(stack: StackUnderTest):
    stack.up(named("child"))

    def program():
        group = pulumi.ComponentResource("my:index:Group", "g")
        Thing("child", opts=ResourceOptions(parent=group, aliases=[Alias(parent=None)]))

    assert operations(stack.up(program)) == {"create": 1}
    assert stack.cloud.calls == []


def test_children_follow_their_parents_alias(stack: StackUnderTest):
    after = lambda: Group("new", ResourceOptions(aliases=[Alias(name="old")]))  # noqa: E731
    unchanged(stack, lambda: Group("old"), after)


def test_a_childs_name_that_begins_with_its_parents_changes_with_it(stack: StackUnderTest):
    after = lambda: Group("new", ResourceOptions(aliases=[Alias(name="old")]), child="{}-net")  # noqa: E731
    unchanged(stack, lambda: Group("old", child="{}-net"), after)


def test_own_and_inherited_aliases_multiply(stack: StackUnderTest):
    def program(group, child, aliases, child_aliases):
        parent = pulumi.ComponentResource("my:index:Group", group, None, ResourceOptions(aliases=aliases))
        Thing(child, opts=ResourceOptions(parent=parent, aliases=child_aliases))

    unchanged(
        stack,
        lambda: program("old", "a", [], []),
        lambda: program("new", "b", [Alias(name="old")], [Alias(name="a")]),
    )


def test_project_and_stack(stack: StackUnderTest):
    stack.up(named("a"))
    text = stack.file.read_text()
    stack.file.write_text(text.replace("urn:pulumi:dev::proj::cloud:", "urn:pulumi:old::before::cloud:"))
    assert operations(stack.up(named("a", aliases=[Alias(stack="old", project="before")]))) == {}
    assert stack.cloud.calls == []


def test_references_to_the_old_name_follow(stack: StackUnderTest):
    def program(name, aliases):
        provider = CloudProvider(name, opts=ResourceOptions(aliases=aliases))
        first = Thing("first", opts=ResourceOptions(provider=provider))
        Thing("second", size=first.address, opts=ResourceOptions(provider=provider))

    unchanged(stack, lambda: program("old", []), lambda: program("new", [Alias(name="old")]))
    assert "pulumi:providers:cloud::old" not in str([stack.record("first")["provider"]])


def test_the_own_name_comes_first(stack: StackUnderTest):
    stack.up(lambda: [Thing("old"), Thing("new")])
    assert operations(stack.up(named("new", aliases=[Alias(name="old")]))) == {"delete": 1}
    assert stack.cloud.changes() == ["delete old"]


def test_two_cannot_have_been_the_same_one(stack: StackUnderTest):
    stack.up(named("old"))
    with pytest.raises(ResourceError, match=r"has the alias .*::old, which .* is already"):
        stack.up(lambda: [named(name, aliases=[Alias(name="old")])() for name in ("x", "y")])


def test_nor_can_the_old_name_be_taken_again(stack: StackUnderTest):
    stack.up(named("old"))

    def program():
        new = Thing("new", opts=ResourceOptions(aliases=[Alias(name="old")]))
        Thing("old", opts=ResourceOptions(depends_on=[new]))

    with pytest.raises(ResourceError, match=r"is what .*::new was called before"):
        stack.up(program)
    assert stack.cloud.calls == []
