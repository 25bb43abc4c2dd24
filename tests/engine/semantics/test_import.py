"""`import_`: what is there already is taken in as it is, then compared with the program and brought to it."""

from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import PolicyError, ResourceError
from hubwright.engine.events import Diagnostic
from tests.engine.cloud import StackUnderTest, Thing, operations


@pytest.fixture
def there(stack: StackUnderTest):
    stack.cloud.things["there"] = {"name": "n", "size": 1, "fixed": "x", "address": "10.1.1.1", "password": "pw"}
    return stack


def program(id_="there", name="a", protect=False, **inputs):
    options = ResourceOptions(import_=id_, protect=protect)
    return lambda: Thing(name, **{"name": "n", "size": 1, "fixed": "x", **inputs}, opts=options)


def test_it_is_taken_in_as_it_is(there: StackUnderTest):
    assert operations(there.up(program())) == {"create": 2, "import": 1}
    assert there.cloud.calls == []
    record = there.record("a")
    assert (record["id"], record["importID"]) == ("there", "there")
    assert record["outputs"]["address"] == "10.1.1.1"
    assert not there.up(program()).changes
    assert not there.up(lambda: Thing("a", name="n", size=1, fixed="x")).changes


def test_then_it_is_brought_to_what_the_program_says(there: StackUnderTest):
    assert operations(there.up(program(size=2))) == {"create": 2, "import": 1, "update": 1}
    assert there.cloud.changes() == ["update a"]
    assert there.cloud.things["there"]["size"] == 2


def test_a_preview_reads_it_and_tells_the_difference(there: StackUnderTest):
    result = there.preview(program(size=2))
    assert operations(result) == {"create": 2, "import": 1, "update": 1}
    (update,) = (step for step in result.steps if step.operation == "update")
    assert [(diff.path, diff.old, diff.new) for diff in update.diff] == [("size", 1, 2)]
    assert not there.file.exists()


def test_what_would_have_to_be_replaced_is_not_imported(there: StackUnderTest):
    there.preview(program(fixed="y"))
    assert any("still names what it imports" in e.message for e in there.events if isinstance(e, Diagnostic))
    with pytest.raises(ResourceError, match="still names what it imports"):
        there.up(program(fixed="y"))
    assert there.cloud.calls == []


def test_what_is_not_there_cannot_be_imported(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="there is no cloud:index:Thing with the id 'nowhere'"):
        stack.up(program("nowhere"))
    assert "pending_operations" not in stack.file.read_text()


def test_another_id_replaces_what_the_program_had(there: StackUnderTest):
    there.up(lambda: Thing("a", name="n", size=1, fixed="x"))
    assert operations(there.up(program())) == {"replace": 1}
    assert there.cloud.changes() == ["delete a"]
    assert list(there.cloud.things) == ["there"]


def test_unless_that_is_protected(there: StackUnderTest):
    there.up(lambda: Thing("a", opts=ResourceOptions(protect=True)))
    with pytest.raises(PolicyError, match="Thing::a is protected"):
        there.up(program(protect=True))
    assert len(there.cloud.things) == 2


def test_the_id_of_what_the_state_has_already_imports_nothing(stack: StackUnderTest):
    stack.up(lambda: Thing("a", name="n", size=1, fixed="x"))
    assert not stack.up(program(stack.record("a")["id"])).changes


def test_ignored_changes_keep_what_was_imported(there: StackUnderTest):
    options = ResourceOptions(import_="there", ignore_changes=["size"])
    there.up(lambda: Thing("a", name="n", size=5, fixed="x", opts=options))
    assert there.cloud.calls == []
    assert there.record("a")["inputs"]["size"] == 1
