"""`X.get`: reads what someone else manages; it is in the state as external and never changed or deleted."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ResourceError
from tests.engine.cloud import StackUnderTest, Thing, operations


@pytest.fixture
def there(stack: StackUnderTest):
    stack.cloud.things["there"] = {"name": "found", "address": "10.1.1.1", "password": "pw"}
    return stack


def get(id_="there", name="theirs"):
    return lambda: pulumi.export("name", Thing(name, opts=ResourceOptions(id=id_)).name)


def test_it_is_read_in_updates_and_previews(there: StackUnderTest):
    assert there.preview(get()).outputs == {"name": "found"}
    result = there.up(get())
    assert result.outputs == {"name": "found"}
    assert operations(result) == {"create": 2, "read": 1}
    assert there.record("theirs")["external"] is True
    assert "pw" not in there.file.read_text()


def test_every_run_reads_it_again(there: StackUnderTest):
    there.up(get())
    there.cloud.things["there"]["name"] = "renamed"
    assert there.up(get()).outputs == {"name": "renamed"}


def test_it_is_never_deleted(there: StackUnderTest):
    there.up(get())
    result = there.up(lambda: None)
    assert [str(step.operation) for step in result.steps if step.name == "theirs"] == ["discard"]
    there.up(get())
    there.destroy()
    assert there.cloud.calls == []
    assert "there" in there.cloud.things


def test_what_is_not_there_is_an_error(stack: StackUnderTest):
    with pytest.raises(ResourceError, match="there is no cloud:index:Thing with the id 'nowhere'"):
        stack.up(get("nowhere"))


def test_an_id_that_only_an_update_knows_is_unknown_in_a_preview(stack: StackUnderTest):
    def program():
        mine = Thing("mine", name="n")
        pulumi.export("name", Thing("theirs", opts=ResourceOptions(id=mine.id)).name)

    stack.preview(program)
    assert stack.up(program).outputs == {"name": "n"}


def test_reading_what_was_ours_under_the_same_id_gives_it_away(stack: StackUnderTest):
    stack.up(lambda: Thing("a", name="n"))
    stack.up(get(stack.record("a")["id"], "a"))
    assert stack.cloud.calls == []
    assert stack.record("a")["external"] is True


def test_reading_another_one_replaces_what_was_ours(there: StackUnderTest):
    there.up(lambda: Thing("a", name="n"))
    result = there.up(get("there", "a"))
    assert operations(result) == {"replace": 1}
    assert [str(step.operation) for step in result.steps if step.name == "a"] == ["read-replacement", "delete-replaced"]
    assert there.cloud.changes() == ["delete a"]


def test_taking_over_what_was_read_makes_one_of_our_own(there: StackUnderTest):
    there.up(get("there", "a"))
    result = there.up(lambda: Thing("a", name="n"))
    assert operations(result) == {"replace": 1}
    assert there.cloud.changes() == ["create a"]
    assert [str(step.operation) for step in result.steps if step.name == "a"] == ["replace", "discard-replaced"]
    assert "there" in there.cloud.things
