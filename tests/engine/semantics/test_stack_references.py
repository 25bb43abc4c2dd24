"""Stack references: another stack's outputs as they are now, its secrets still secret."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.core.errors import ConfigError, StackNotFoundError
from hubwright.engine.property_values import Secret
from tests.engine.cloud import StackUnderTest, Thing


@pytest.fixture
def other(stack: StackUnderTest):
    def program(size=1):
        pulumi.export("size", size)
        pulumi.export("password", Thing("a").password)

    def bring_up(size=1):
        stack.up(lambda: program(size), project="other", stack="base")
        return stack

    bring_up()
    return bring_up


def refer(name="organization/other/base"):
    reference = pulumi.StackReference(name)
    pulumi.export("size", reference.require_output("size"))
    pulumi.export("password", reference.get_output("password"))
    pulumi.export("missing", reference.get_output("nothing"))


def test_outputs_come_from_the_other_stacks_state(other, stack: StackUnderTest):
    for run in (stack.preview, stack.up):
        outputs = run(refer).outputs
        assert outputs["size"] == 1
        assert outputs["password"] == Secret("hidden-id-1")
    assert "hidden-id-1" not in stack.file.read_text()


def test_every_run_reads_them_again(other, stack: StackUnderTest):
    stack.up(refer)
    other(size=2)
    assert stack.up(refer).outputs["size"] == 2


def test_the_reference_is_external_to_the_state(other, stack: StackUnderTest):
    stack.up(refer)
    record = stack.record("organization/other/base")
    assert (record["type"], record["external"], record["id"]) == (
        "pulumi:pulumi:StackReference",
        True,
        "organization/other/base",
    )
    assert record["outputs"]["secretOutputNames"] == ["password"]
    assert "pulumi:providers:pulumi::default" in record["provider"]
    assert "discard" in [str(step.operation) for step in stack.up(lambda: None).steps]


def test_a_short_name_is_a_stack_of_the_same_project(stack: StackUnderTest):
    stack.up(lambda: pulumi.export("size", 3), stack="base")
    assert stack.up(lambda: pulumi.export("size", pulumi.StackReference("base").get_output("size"))).outputs == {
        "size": 3
    }


def test_a_stack_that_is_not_there_is_an_error(stack: StackUnderTest):
    with pytest.raises(StackNotFoundError, match="organization/other/base"):
        stack.up(refer)


def test_so_is_a_name_that_is_none(stack: StackUnderTest):
    with pytest.raises(ConfigError, match="'ana/other/base' is not a stack's name"):
        stack.up(lambda: refer("ana/other/base"))
