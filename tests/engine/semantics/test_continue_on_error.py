"""`--continue-on-error`: what does not need a failed resource still goes on, the deletions included."""

from __future__ import annotations

import pytest

from hubwright.core.errors import ApiError
from hubwright.engine.options import RunOptions
from tests.engine.cloud import StackUnderTest, Thing

GO_ON = RunOptions(continue_on_error=True)


def broken(operation, name):
    return {(operation, name): ApiError("no quota left", status=413)}


def test_without_it_siblings_go_on_and_nothing_is_deleted(stack: StackUnderTest):
    stack.up(lambda: Thing("old"))
    stack.cloud.failing = broken("create", "bad")
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(lambda: [Thing("bad"), Thing("good")])
    assert sorted(stack.cloud.changes()) == ["create bad", "create good"]


def test_with_it_what_the_program_dropped_is_deleted(stack: StackUnderTest):
    stack.up(lambda: Thing("old"))
    stack.cloud.failing = broken("create", "bad")
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(lambda: [Thing("bad"), Thing("good")], GO_ON)
    assert "delete old" in stack.cloud.changes()


def test_what_a_failed_resource_still_uses_stays(stack: StackUnderTest):
    stack.up(lambda: [Thing("user", size=Thing("used", peer=Thing("deep").address).address), Thing("free")])
    stack.cloud.failing = broken("update", "user")
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(lambda: Thing("user", size=1), GO_ON)
    assert stack.cloud.changes() == ["update user", "delete free"]
    stack.cloud.failing.clear()
    stack.up(lambda: Thing("user", size=1))
    assert stack.cloud.changes() == ["update user", "delete used", "delete deep"]


def test_so_does_the_old_one_of_a_replacement(stack: StackUnderTest):
    def program(value):
        Thing("user", size=Thing("used", fixed=value).address)

    stack.up(lambda: program("x"))
    stack.cloud.failing = broken("update", "user")
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(lambda: program("y"), GO_ON)
    assert stack.cloud.changes() == ["create used", "update user"]
    stack.cloud.failing.clear()
    stack.up(lambda: program("y"))
    assert stack.cloud.changes() == ["update user", "delete used"]


def test_a_failed_resource_itself_is_not_deleted(stack: StackUnderTest):
    stack.up(lambda: Thing("a", size=1))
    stack.cloud.failing = broken("update", "a")
    with pytest.raises(ApiError, match="no quota left"):
        stack.up(lambda: Thing("a", size=2), GO_ON)
    assert stack.cloud.changes() == ["update a"]
    assert stack.record("a")["inputs"]["size"] == 1


def test_a_destruction_goes_on_with_what_nothing_depends_on(stack: StackUnderTest):
    stack.up(lambda: [Thing("b", size=Thing("a").address), Thing("c")])
    stack.cloud.failing = broken("delete", "b")
    with pytest.raises(ApiError, match="no quota left"):
        stack.destroy(GO_ON)
    assert sorted(stack.cloud.changes()) == ["delete b", "delete c"]
    assert stack.record("a")
