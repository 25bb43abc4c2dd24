"""Create, same, update, replace and delete, as programs change."""

from __future__ import annotations

import threading
from pathlib import Path

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import PolicyError, ResourceError
from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.events import Operation, ResourcePlanned
from hubwright.engine.property_values import Secret
from tests.engine.cloud import CloudProvider, StackUnderTest, Thing


def changes(result):
    return {str(operation): count for operation, count in result.counts.items() if operation is not Operation.SAME}


def test_creates_what_the_program_declares_and_exports_its_outputs(stack: StackUnderTest):
    def program():
        pulumi.export("address", Thing("a", size=1).address)

    result = stack.up(program)
    assert changes(result) == {"create": 3}  # the stack, its default provider, the thing
    assert result.outputs == {"address": "10.0.0.id-1"}
    assert stack.engine.outputs() == result.outputs


def test_a_second_run_changes_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1) and None)
    before = stack.file.read_text()
    assert not stack.preview(lambda: Thing("a", size=1) and None).changes
    assert not stack.up(lambda: Thing("a", size=1) and None).changes
    assert stack.cloud.calls == []
    assert _resources(stack.file.read_text()) == _resources(before)


def _resources(text):
    return text.split('"resources"', 1)[1]


def test_updates_in_place_and_keeps_the_made_up_name(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1) and None)
    name = stack.live_names()
    assert changes(stack.up(lambda: Thing("a", size=2) and None)) == {"update": 1}
    assert stack.cloud.changes() == ["update a"]
    assert stack.live_names() == name


def test_replaces_by_creating_first_under_a_fresh_name(stack: StackUnderTest):
    stack.up(lambda: Thing("a", fixed="x") and None)
    name = stack.live_names()
    assert changes(stack.up(lambda: Thing("a", fixed="y") and None)) == {"replace": 1}
    assert stack.cloud.changes() == ["create a", "delete a"]
    assert stack.live_names() != name
    assert not stack.up(lambda: Thing("a", fixed="y") and None).changes


def test_deletes_what_the_program_dropped_after_what_depends_on_it(stack: StackUnderTest):
    def program():
        first = Thing("first")
        second = Thing("second", peer=first.address)
        Thing("third", opts=ResourceOptions(depends_on=[second]))

    stack.up(program)
    assert changes(stack.up(lambda: None))["delete"] == 4  # the default provider goes with them
    assert stack.cloud.changes() == ["delete third", "delete second", "delete first"]
    assert stack.cloud.things == {}


def test_destroy_leaves_nothing_and_does_not_run_the_program(stack: StackUnderTest):
    def program():
        Thing("b", peer=Thing("a").address)

    stack.up(program)
    stack.destroy()
    assert stack.cloud.changes() == ["delete b", "delete a"]
    assert "resources" not in stack.file.read_text()


def test_runs_independent_operations_side_by_side(stack: StackUnderTest):
    together = threading.Barrier(3, timeout=10)
    stack.cloud.on_call = lambda _operation, name: None if name == "root" else together.wait() and None

    def program():
        root = Thing("root")
        for name in "xyz":
            Thing(name, peer=root.address)

    stack.up(program)
    assert stack.cloud.changes()[0] == "create root"
    stack.destroy()
    assert stack.cloud.changes()[-1] == "delete root"


def test_delete_before_replace_takes_the_dependents_that_must_go_too(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value, opts=ResourceOptions(delete_before_replace=True))
        Thing("follows", fixed=first.address)
        Thing("stays", size=first.address)

    stack.up(lambda: program("x"))
    assert changes(stack.preview(lambda: program("y"))) == {"replace": 2, "update": 1}
    assert stack.cloud.calls == []
    assert changes(stack.up(lambda: program("y"))) == {"replace": 2, "update": 1}
    assert stack.cloud.changes()[:3] == ["delete follows", "delete first", "create first"]
    assert sorted(stack.cloud.changes()[3:]) == ["create follows", "update stays"]
    assert not stack.up(lambda: program("y")).changes


def test_components_group_their_children(stack: StackUnderTest):
    class Group(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Group", name, None, opts)
            self.address = Thing(f"{name}-child", opts=ResourceOptions(parent=self)).address
            self.register_outputs({"address": self.address})

    def program():
        pulumi.export("address", Group("g").address)

    result = stack.up(program)
    assert any("my:index:Group$cloud:index:Thing::g-child" in step.urn for step in result.steps)
    assert result.outputs == {"address": "10.0.0.id-1"}
    assert not stack.up(program).changes
    stack.destroy()
    assert stack.cloud.things == {}


def test_protected_resources_are_neither_replaced_nor_deleted(stack: StackUnderTest):
    def program(value):
        Thing("a", fixed=value, opts=ResourceOptions(protect=True))

    stack.up(lambda: program("x"))
    for run in (lambda: stack.up(lambda: program("y")), lambda: stack.up(lambda: None), stack.destroy):
        with pytest.raises(PolicyError, match="Thing::a"):
            run()
        assert stack.cloud.calls == []
    assert len(stack.cloud.things) == 1


def test_ignored_changes_keep_the_old_value(stack: StackUnderTest):
    def program(size):
        Thing("a", size=size, opts=ResourceOptions(ignore_changes=["size"]))

    stack.up(lambda: program(1))
    assert not stack.up(lambda: program(2)).changes


def test_replace_on_changes_turns_an_update_into_a_replacement(stack: StackUnderTest):
    def program(size):
        Thing("a", size=size, opts=ResourceOptions(replace_on_changes=["size"]))

    stack.up(lambda: program(1))
    assert changes(stack.up(lambda: program(2))) == {"replace": 1}


def test_an_alias_keeps_a_renamed_resource(stack: StackUnderTest):
    stack.up(lambda: Thing("old", name="n") and None)
    renamed = stack.up(
        lambda: Thing("new", name="n", opts=ResourceOptions(aliases=[pulumi.Alias(name="old")])) and None
    )
    assert not renamed.changes
    assert stack.cloud.calls == []
    assert "Thing::new" in stack.file.read_text()


def test_retained_resources_stay_in_the_cloud(stack: StackUnderTest):
    stack.up(lambda: Thing("a", opts=ResourceOptions(retain_on_delete=True)) and None)
    stack.destroy()
    assert stack.cloud.calls == []
    assert len(stack.cloud.things) == 1


def test_resources_deleted_with_another_are_not_deleted_themselves(stack: StackUnderTest):
    def program():
        Thing("inside", opts=ResourceOptions(deleted_with=Thing("outside")))

    stack.up(program)
    stack.destroy()
    assert stack.cloud.changes() == ["delete outside"]


def test_get_reads_a_resource_of_someone_else_and_never_deletes_it(stack: StackUnderTest):
    stack.up(lambda: Thing("mine", name="found") and None)
    (id_,) = stack.cloud.things

    def program():
        Thing("mine", name="found")
        pulumi.export("name", Thing("theirs", opts=ResourceOptions(id=id_)).name)

    assert stack.up(program).outputs == {"name": "found"}
    stack.up(lambda: Thing("mine", name="found") and None)
    assert stack.cloud.calls == []


def test_explicit_providers_are_inherited_and_their_changes_are_updates(stack: StackUnderTest):
    class Group(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Group", name, None, opts)
            Thing("child", opts=ResourceOptions(parent=self))

    def program(region):
        provider = CloudProvider("there", region=region, token=pulumi.Output.secret("t0ken"))
        Group("g", opts=ResourceOptions(providers=[provider]))

    stack.up(lambda: program("A"))
    assert stack.cloud.configurations == [{"region": "A", "token": "t0ken"}]
    assert changes(stack.up(lambda: program("B"))) == {"update": 1}
    assert stack.cloud.configurations[-1]["region"] == "B"
    assert "default" not in stack.file.read_text()
    assert "t0ken" not in stack.file.read_text()


def test_default_providers_take_the_stacks_configuration(stack: StackUnderTest):
    stack.config = {"cloud:region": "GRA9", "other:key": "x"}
    stack.up(lambda: Thing("a", opts=ResourceOptions(version="5.5.3")) and None)
    assert stack.cloud.configurations == [{"region": "GRA9"}]
    assert "pulumi:providers:cloud::default_5_5_3" in stack.file.read_text()


def test_functions_answer_with_data(stack: StackUnderTest):
    def program():
        pulumi.export("now", pulumi.runtime.invoke("cloud:index:ask", {"question": "why"}).value)
        pulumi.export("later", pulumi.runtime.invoke_output("cloud:index:ask", {"question": Thing("a").address}))

    assert stack.up(program).outputs == {"now": {"answer": ["why", 42]}, "later": {"answer": ["10.0.0.id-1", 42]}}


def test_previews_mark_what_only_an_update_can_know(stack: StackUnderTest):
    seen = []

    def program(size):
        first = Thing("a", size=size)
        first.size.apply(seen.append)
        first.address.apply(seen.append)

    stack.preview(lambda: program(1))
    assert seen == [1]
    stack.up(lambda: program(1))
    seen.clear()
    result = stack.preview(lambda: program(2))
    assert set(seen) == {2, stack.cloud.things.popitem()[1]["address"]}
    assert changes(result) == {"update": 1}
    (step,) = (e.step for e in stack.events if isinstance(e, ResourcePlanned) and e.step.operation == "update")
    assert [(diff.path, diff.old, diff.new) for diff in step.diff] == [("size", 1, 2)]


def test_previews_of_new_resources_pass_unknowns_on(stack: StackUnderTest):
    result = stack.preview(lambda: Thing("b", size=Thing("a").address) and None)
    assert changes(result) == {"create": 4}
    assert stack.cloud.things == {}
    assert not stack.file.exists()


def test_secrets_are_encrypted_hidden_and_passed_on(stack: StackUnderTest):
    def program():
        thing = Thing("a", size=pulumi.Output.secret("s3cret"))
        pulumi.export("password", thing.password)
        pulumi.export("size", [{"inside": thing.size}])

    result = stack.up(program)
    assert result.outputs["password"] == Secret("hidden-id-1")
    assert stack.engine.outputs() == result.outputs
    everything = "".join(file.read_text() for file in stack.folder.rglob("*") if file.is_file())
    for secret in ("s3cret", "hidden-id-1"):
        assert secret not in everything + repr(stack.events)


def test_unchanged_secrets_keep_their_ciphertext_and_the_key_is_derived_once(stack: StackUnderTest):
    def program():
        Thing("a", size=pulumi.Output.secret("s3cret"))

    stack.up(program)
    before = stack.file.read_text()
    stack.passphrases_asked = 0
    stack.up(program)
    assert _resources(stack.file.read_text()) == _resources(before)
    assert stack.passphrases_asked == 1


def test_refused_inputs_are_all_named(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="Thing::a: wrong inputs: size: must not be negative"):
        stack.preview(lambda: Thing("a", size=-1) and None)


def test_the_same_name_twice_is_refused(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="Thing::a is registered twice"):
        stack.up(lambda: [Thing("a"), Thing("a")].clear())


def test_a_folder_runs_as_pulumi_runs_it(tmp_path: Path):
    (tmp_path / "names.py").write_text("import pulumi\npulumi.export('from', 'module')\n")
    (tmp_path / "__main__.py").write_text("import names, pulumi\npulumi.export('stack', pulumi.get_stack())\n")
    stack = StackUnderTest(tmp_path)
    options = stack.open(tmp_path)._options
    assert isinstance(options, EngineOptions)
    for _ in range(2):
        assert Engine(options).up().outputs == {"from": "module", "stack": "dev"}
