"""`--target`, `--exclude` and their dependents: what a run works on, and what it leaves as it is."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ConfigError, ResourceError
from hubwright.engine.options import RunOptions
from tests.engine.cloud import CloudProvider, StackUnderTest, Thing, operations, urn


def program(size=1, *names, chain=True):
    """A chain a ← b ← c and a single d."""
    a = Thing("a", name="a", size=size)
    b = Thing("b", size=size, peer=a.address if chain else "")
    Thing("c", size=size, peer=b.address)
    Thing("d", size=size)
    pulumi.export("a", a.address)


def up(stack, size, **options):
    stack.up(lambda: program(size), RunOptions(**options))
    return sorted(stack.cloud.changes())


@pytest.fixture
def made(stack: StackUnderTest):
    stack.up(program)
    return stack


@pytest.mark.parametrize(
    ("options", "updated"),
    [
        ({"targets": [urn("b")]}, "b"),
        ({"targets": [urn("a"), urn("d")]}, "ad"),
        ({"targets": ["**Thing::b"]}, "b"),
        ({"targets": ["urn:pulumi:dev::proj::cloud:*:Thing::?"]}, ""),
        ({"targets": ["urn:pulumi:dev::proj::cloud:*:Thing::*"]}, "abcd"),
        ({"targets": ["urn:*::b"]}, ""),
        ({"targets": [urn("b")], "target_dependents": True}, "bc"),
        ({"excludes": [urn("b")]}, "acd"),
        ({"excludes": [urn("b")], "exclude_dependents": True}, "ad"),
        ({"excludes": ["**::a", "**::d"]}, "bc"),
    ],
)
def test_only_what_is_named_is_updated(made: StackUnderTest, options, updated):
    assert up(made, 2, **options) == [f"update {name}" for name in updated]
    sizes = {name: made.record(name)["inputs"]["size"] for name in "abcd"}
    assert sizes == {name: 2 if name in updated else 1 for name in "abcd"}
    up(made, 2)
    assert {made.record(name)["inputs"]["size"] for name in "abcd"} == {2}


def test_previews_do_the_same(made: StackUnderTest):
    assert operations(made.preview(lambda: program(2), RunOptions(targets=[urn("b")]))) == {"update": 1}


def test_stack_and_providers_are_always_there(stack: StackUnderTest):
    def program():
        Thing("a", opts=ResourceOptions(provider=CloudProvider("there")))
        Thing("b")

    stack.up(program, RunOptions(targets=[urn("a")]))
    assert stack.cloud.changes() == ["create a"]
    assert stack.record("there")["id"]
    assert stack.record("proj-dev")


def test_new_resources_that_are_not_named_are_not_made(stack: StackUnderTest):
    assert up(stack, 1, targets=[urn("a")]) == ["create a"]
    assert stack.records("d") == []


def test_what_needs_one_of_those_is_an_error(stack: StackUnderTest):
    with pytest.raises(ResourceError, match=r"Thing::b needs .*Thing::a, which is not there yet") as raised:
        up(stack, 1, targets=[urn("b")])
    assert "--target 'urn:pulumi:dev::proj::cloud:index:Thing::a'" in str(raised.value.hint)
    assert "create b" not in stack.cloud.changes()


def test_outputs_of_what_was_not_made_are_left_out(stack: StackUnderTest):
    stack.up(lambda: program(), RunOptions(targets=[urn("d")]))
    assert stack.engine.outputs() == {}


def test_what_the_program_dropped_stays_unless_it_is_named(made: StackUnderTest):
    made.up(lambda: None, RunOptions(targets=[urn("d")]))
    assert made.cloud.changes() == ["delete d"]
    made.up(lambda: None, RunOptions(targets=[urn("c"), urn("b")]))
    assert made.cloud.changes() == ["delete c", "delete b"]


def test_untargeted_resources_keep_what_the_program_no_longer_has(made: StackUnderTest):
    def without_a():
        b = Thing("b", size=2)
        Thing("c", size=2, peer=b.address)
        Thing("d", size=2)

    made.up(without_a, RunOptions(targets=[urn("d")]))
    assert made.cloud.changes() == ["update d"]
    assert made.record("b")["dependencies"] == [urn("a")]
    made.up(without_a)
    assert made.records("a") == []


def test_dependents_of_a_deleted_target_have_to_be_named(made: StackUnderTest):
    for run in (made.preview_destroy, made.destroy):
        with pytest.raises(ResourceError, match=r"would be deleted too: .*Thing::b, .*Thing::c"):
            run(RunOptions(targets=[urn("a")]))
    assert made.cloud.calls == []
    made.destroy(RunOptions(targets=[urn("a")], target_dependents=True))
    assert made.cloud.changes() == ["delete c", "delete b", "delete a"]
    assert made.record("d")


def test_destroying_excludes_what_the_excluded_needs(made: StackUnderTest):
    made.destroy(RunOptions(excludes=[urn("b")]))
    assert sorted(made.cloud.changes()) == ["delete c", "delete d"]
    assert made.record("a")
    assert made.record("proj-dev")
    made.destroy()
    assert made.cloud.things == {}


def test_and_its_dependents_where_asked_for(made: StackUnderTest):
    made.destroy(RunOptions(excludes=[urn("a")], exclude_dependents=True))
    assert "delete b" not in made.cloud.changes()
    assert made.record("c")


def test_children_count_as_dependents(stack: StackUnderTest):
    def program():
        group = pulumi.ComponentResource("my:index:Group", "g")
        Thing("a", opts=ResourceOptions(parent=group))

    stack.up(program)
    group = RunOptions(targets=[urn("g", "my:index:Group")])
    with pytest.raises(ResourceError, match=r"Group\$cloud:index:Thing::a"):
        stack.destroy(group)


def test_a_target_that_is_nowhere_is_an_error(made: StackUnderTest):
    for options in ({"targets": [urn("nothing")]}, {"replace": [urn("nothing")]}):
        with pytest.raises(ResourceError, match=r"no such resource in the stack: .*::nothing"):
            up(made, 1, **options)


def test_an_untargeted_resource_keeps_its_old_name(stack: StackUnderTest):
    def program(name, *aliases):
        group = pulumi.ComponentResource("my:index:Group", name, None, ResourceOptions(aliases=list(aliases)))
        Thing(f"{name}-child", opts=ResourceOptions(parent=group))
        Thing("other", size=name)

    stack.up(lambda: program("old"))
    renamed = lambda: program("new", pulumi.Alias(name="old"))  # noqa: E731
    stack.up(renamed, RunOptions(targets=[urn("other")]))
    assert stack.cloud.changes() == ["update other"]
    assert (len(stack.records("old")), len(stack.records("old-child")), stack.records("new")) == (1, 1, [])
    stack.up(renamed)
    assert stack.cloud.calls == []
    assert (len(stack.records("new")), len(stack.records("new-child")), stack.records("old")) == (1, 1, [])


def test_targets_and_excludes_exclude_one_another(stack: StackUnderTest):
    with pytest.raises(ConfigError, match="targets and excludes"):
        up(stack, 1, targets=["*"], excludes=["*"])
