"""`--replace` and `--target-replace`: replaced by name, changed or not; so is what the state calls tainted."""

from __future__ import annotations

import json

from pulumi import ResourceOptions

from hubwright.engine.options import RunOptions
from tests.engine.cloud import StackUnderTest, Thing, operations, urn


def program(size=1):
    first = Thing("first", name="n", size=size)
    Thing("second", size=first.address)
    Thing("third", size=size)


def test_it_is_replaced_and_its_dependents_follow(stack: StackUnderTest):
    stack.up(program)
    run = RunOptions(replace=[urn("first")])
    assert operations(stack.preview(program, run)) == {"replace": 1, "update": 1}
    result = stack.up(program, run)
    assert operations(result) == {"replace": 1, "update": 1}
    assert stack.cloud.changes() == ["create first", "update second", "delete first"]
    assert next(step for step in result.steps if step.operation == "replace").replaced_by == ("id",)


def test_it_restricts_the_run_to_nothing(stack: StackUnderTest):
    stack.up(program)
    assert operations(stack.up(lambda: program(2), RunOptions(replace=["**::third"]))) == {"replace": 1, "update": 1}


def test_target_replace_does(stack: StackUnderTest):
    stack.up(program)
    assert operations(stack.up(lambda: program(2), RunOptions(target_replace=[urn("third")]))) == {"replace": 1}
    assert stack.cloud.changes() == ["create third", "delete third"]


def test_it_deletes_first_where_the_program_says_so(stack: StackUnderTest):
    def program():
        Thing("a", opts=ResourceOptions(delete_before_replace=True))

    stack.up(program)
    stack.up(program, RunOptions(replace=[urn("a")]))
    assert stack.cloud.changes() == ["delete a", "create a"]


def test_a_taint_in_the_state_replaces_once(stack: StackUnderTest):
    stack.up(program)
    document = json.loads(stack.file.read_text())
    for record in document["checkpoint"]["latest"]["resources"]:
        record |= {"taint": True} if record["urn"] == urn("third") else {}
    stack.file.write_text(json.dumps(document))
    assert operations(stack.up(program)) == {"replace": 1}
    assert "taint" not in stack.record("third")
    assert not stack.up(program).changes
