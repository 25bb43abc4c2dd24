"""Dynamic providers: code of the program that makes resources; it travels in the state, encrypted."""

from __future__ import annotations

import pulumi
import pytest
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from hubwright.core.errors import ResourceError
from hubwright.engine.property_values import unwrap_secrets
from hubwright.engine.providers.registry import provider_factories
from tests.engine.cloud import StackUnderTest, operations


class Counting(ResourceProvider):
    """Remembers nothing: what it made is in its outputs."""

    def configure(self, request):
        self.greeting = request.config.get("greeting")

    def check(self, olds, news):
        failures = [CheckFailure("n", "must not be negative")] if news["n"] == -1 else []
        return CheckResult({**news, "checked": True}, failures)

    def create(self, props):
        return CreateResult("made", {"n": props["n"], "history": ["created"], "greeting": self.greeting})

    def diff(self, _id, olds, news):
        return DiffResult(
            changes=olds["n"] != news["n"], replaces=["n"] if news["n"] == 9 else [], delete_before_replace=True
        )

    def read(self, id_, props):
        return ReadResult(None if props["n"] == 404 else id_, {**props, "n": 77})

    def update(self, _id, olds, news):
        return UpdateResult({**olds, "n": news["n"], "history": [*olds["history"], "updated"]})

    def delete(self, _id, props):
        if props["history"] == ["created"]:
            raise RuntimeError("too young")


class Counted(Resource, module="counting", name="Counted"):
    """A dynamic resource."""

    n: pulumi.Output[int]
    history: pulumi.Output[list[str]]

    def __init__(self, name, n):
        super().__init__(Counting(), name, {"n": n, "history": None, "greeting": None})


def program(n):
    counted = Counted("c", n)
    pulumi.export("history", counted.history)
    pulumi.export("greeting", counted.greeting)


@pytest.fixture
def run(stack: StackUnderTest):
    def run(verb, n):
        result = getattr(stack, verb)(lambda: program(n), providers=provider_factories())
        return result, unwrap_secrets(result.outputs)

    stack.config = {"proj:greeting": "hello"}
    return run


def test_the_providers_code_does_the_work(run):
    assert run("up", 1)[1] == {"history": ["created"], "greeting": "hello"}
    assert not run("up", 1)[0].changes
    assert run("up", 2)[1]["history"] == ["created", "updated"]


def test_it_decides_what_is_replaced_and_in_which_order(run):
    run("up", 1)
    run("up", 2)
    result = run("up", 9)[0]
    assert operations(result) == {"replace": 1}
    assert [str(step.operation) for step in result.steps if step.name == "c"] == ["delete-replaced", "replace"]


def test_its_code_is_a_secret_of_the_state(run, stack: StackUnderTest):
    run("up", 1)
    assert stack.record("c")["type"] == "pulumi-python:dynamic/counting:Counted"
    assert set(stack.record("c")["inputs"]["__provider"]) == {"4dabf18193072939515e22adb298388d", "ciphertext"}


def test_it_refuses_inputs(run):
    with pytest.raises(ResourceError, match="n: must not be negative"):
        run("preview", -1)


def test_its_errors_name_the_resource(run, stack: StackUnderTest):
    run("up", 1)
    with pytest.raises(ResourceError, match="::c: RuntimeError: too young"):
        stack.up(lambda: None, providers=provider_factories())


@pytest.mark.parametrize(("n", "found"), [(1, "update"), (404, "delete")])
def test_it_is_asked_what_is_there(run, stack: StackUnderTest, n, found):
    run("up", n)
    engine = stack.open(lambda: None, providers=provider_factories())
    assert operations(engine.refresh()) == {found: 1}
