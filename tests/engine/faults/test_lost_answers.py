"""A call that acted and whose answer was lost: the next run finds out what it did, whatever that next run is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ApiError, AuthenticationError, HubwrightError, ResourceError
from hubwright.engine.events import Diagnostic, Severity
from hubwright.engine.providers.base import ResourceState
from tests.engine.cloud import CloudDouble, StackUnderTest, Thing

LOST = ApiError("no answer")
REFUSED = ApiError("not like this", status=422)


class LossyProvider(CloudDouble):
    """Acts, then fails as told in `stack.lost`; finds by name what it made, unless `blind`."""

    def __init__(self, stack: LossyStack) -> None:
        super().__init__(stack.cloud)
        self.stack = stack

    def create(self, token: str, inputs: Any, context: Any) -> ResourceState:
        return self._answer("create", super().create(token, inputs, context), context)

    def update(self, *arguments: Any) -> ResourceState:
        return self._answer("update", super().update(*arguments), arguments[-1])

    def delete(self, token: str, id: str, inputs: Any, outputs: Any, context: Any) -> None:
        if id in self.cloud.things:
            super().delete(token, id, inputs, outputs, context)
        self._answer("delete", None, context)

    def recover(self, token: str, inputs: Any, known_ids: Collection[str], context: Any) -> ResourceState | None:
        if self.stack.blind:
            raise AuthenticationError("the token has expired")
        found = [key for key, thing in self.cloud.things.items() if thing["name"] == inputs["name"]]
        fresh = [key for key in found if key not in known_ids]
        return ResourceState(fresh[0], self.cloud.things[fresh[0]]) if fresh else None

    def _answer(self, operation: str, answer: Any, context: Any) -> Any:
        error = self.stack.lost.pop((operation, context.urn.rsplit("::", 1)[-1]), None)
        if error is not None:
            raise error
        return answer


class LossyStack(StackUnderTest):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.lost: dict[tuple[str, str], Exception] = {}
        self.blind = False

    def open(self, program: Any, **options: Any) -> Any:
        return super().open(program, **{"providers": {"cloud": lambda _inputs: LossyProvider(self)}, **options})

    @property
    def warnings(self) -> list[str]:
        found = (event for event in self.events if isinstance(event, Diagnostic))
        return [event.message for event in found if event.severity is Severity.WARNING]


@pytest.fixture
def stack(tmp_path: Path) -> LossyStack:
    return LossyStack(tmp_path)


def one(**inputs: Any) -> Any:
    return lambda: Thing("a", **inputs) and None


@pytest.mark.parametrize("error", [LOST, ApiError("busy", status=503), RuntimeError("broken pipe"), TimeoutError()])
def test_a_lost_create_is_found_again_and_completed(stack: LossyStack, error: Exception):
    stack.lost["create", "a"] = error
    with pytest.raises(ResourceError):
        stack.up(one())
    (id_,) = stack.cloud.things
    stack.up(one())
    assert stack.cloud.changes() == ["update a"]
    assert list(stack.cloud.things) == [id_]
    assert not stack.up(one()).changes


def test_a_refused_create_leaves_nothing_to_look_into(stack: LossyStack):
    stack.cloud.failing["create", "a"] = REFUSED
    with pytest.raises(ApiError, match="not like this"):
        stack.up(one())
    assert "pending_operations" not in stack.file.read_text()


def test_a_lost_create_is_destroyed_by_the_next_destroy(stack: LossyStack):
    stack.lost["create", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one())
    stack.destroy()
    assert stack.cloud.things == {}


def test_a_create_that_cannot_be_looked_up_is_not_made_twice(stack: LossyStack):
    stack.lost["create", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one())
    stack.blind = True
    with pytest.raises(AuthenticationError, match="expired"):
        stack.up(one())
    assert "cannot be looked up" in stack.warnings[0]
    assert len(stack.cloud.things) == 1
    stack.blind = False
    stack.up(one())
    assert len(stack.cloud.things) == 1
    assert not stack.up(one()).changes


def test_what_is_found_only_when_it_is_wanted_enters_the_state_too(stack: LossyStack):
    stack.lost["create", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one())
    stack.blind = True

    def program():
        stack.blind = False
        Thing("a")

    with pytest.raises(ResourceError, match="found only now"):
        stack.up(program)
    stack.up(one())
    assert len(stack.cloud.things) == 1
    assert not stack.up(one()).changes


def test_a_replacement_of_the_same_name_is_not_taken_for_its_predecessor(stack: LossyStack):
    stack.up(one(name="fixed-name", fixed=1))
    stack.cloud.failing["create", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one(name="fixed-name", fixed=2))
    stack.cloud.failing.clear()
    stack.up(one(name="fixed-name", fixed=2))
    assert [thing["fixed"] for thing in stack.cloud.things.values()] == [2]
    assert not stack.up(one(name="fixed-name", fixed=2)).changes


def test_a_lost_replacement_of_the_same_name_is_told_from_its_predecessor(stack: LossyStack):
    stack.up(one(name="fixed-name", fixed=1))
    stack.lost["create", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one(name="fixed-name", fixed=2))
    assert len(stack.cloud.things) == 2
    stack.up(one(name="fixed-name", fixed=2))
    assert stack.cloud.changes() == ["update a", "delete a"]
    assert [thing["fixed"] for thing in stack.cloud.things.values()] == [2]
    assert not stack.up(one(name="fixed-name", fixed=2)).changes


def test_a_lost_update_is_made_again_even_when_the_program_goes_back(stack: LossyStack):
    stack.up(one(size=1))
    stack.lost["update", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(one(size=2))
    stack.up(one(size=1))
    assert [thing["size"] for thing in stack.cloud.things.values()] == [1]
    assert not stack.up(one(size=1)).changes


@pytest.mark.parametrize("dependents", [False, True])
def test_after_a_lost_delete_another_verb_makes_it_again(stack: LossyStack, dependents: bool):
    def program():
        first = Thing("a")
        Thing("b", size=first.address if dependents else 1)

    stack.up(program)
    stack.lost["delete", "a"] = LOST
    with pytest.raises(HubwrightError):
        stack.destroy()
    assert stack.cloud.things == {}
    stack.up(program)
    assert sorted(stack.cloud.changes()) == ["create a", "create b"]
    assert len(stack.cloud.things) == 2
    assert not stack.up(program).changes


def test_a_lost_delete_is_over_for_the_next_destroy(stack: LossyStack):
    stack.up(one())
    stack.lost["delete", "a"] = LOST
    with pytest.raises(ApiError):
        stack.destroy()
    stack.destroy()
    assert stack.cloud.calls == []
    assert '"resources"' not in stack.file.read_text()


def test_a_lost_delete_that_did_nothing_leaves_the_resource_as_it_is(stack: LossyStack):
    stack.up(one())
    stack.cloud.failing["delete", "a"] = LOST
    with pytest.raises(ApiError):
        stack.destroy()
    stack.cloud.failing.clear()
    assert not stack.up(one()).changes
    assert "pending_operations" not in stack.file.read_text()


def test_a_lost_delete_before_replacement_goes_on_with_the_replacement(stack: LossyStack):
    def program(value):
        first = Thing("a", fixed=value, opts=ResourceOptions(delete_before_replace=True))
        Thing("b", fixed=first.address)

    stack.up(lambda: program(1))
    stack.lost["delete", "a"] = LOST
    with pytest.raises(ApiError):
        stack.up(lambda: program(2))
    assert stack.cloud.things == {}
    stack.up(lambda: program(2))
    assert sorted(thing["fixed"] for thing in stack.cloud.things.values() if thing["fixed"] == 2) == [2]
    assert len(stack.cloud.things) == 2
    assert not stack.up(lambda: program(2)).changes
