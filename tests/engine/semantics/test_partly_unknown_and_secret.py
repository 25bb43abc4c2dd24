"""Values that are unknown or secret in part: each leaf keeps its own mark on the way through."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.engine.events import ResourcePlanned
from hubwright.engine.property_values import UNKNOWN, Secret
from tests.engine.cloud import CloudDouble, StackUnderTest, Thing, operations


class Watching(CloudDouble):
    checked: dict = {}

    def check(self, token, olds, news, name, context):
        self.checked[name] = news
        return super().check(token, olds, news, name, context)


def test_a_preview_passes_what_is_known_beside_what_is_not(stack: StackUnderTest):
    def program():
        first = Thing("first")
        Thing("second", size={"list": ["known", first.address], "deep": {"known": 1, "not": first.address}})

    stack.preview(program, providers={"cloud": lambda _inputs: Watching(stack.cloud)})
    assert Watching.checked["second"]["size"] == {"list": ["known", UNKNOWN], "deep": {"known": 1, "not": UNKNOWN}}


def test_a_preview_shows_which_leaf_is_not_known_yet(stack: StackUnderTest):
    def program(value):
        first = Thing("first", fixed=value)
        Thing("second", size={"list": ["known", first.address]})

    stack.up(lambda: program("x"))
    assert operations(stack.preview(lambda: program("y"))) == {"replace": 1, "update": 1}
    (step,) = (e.step for e in stack.events if isinstance(e, ResourcePlanned) and e.step.operation == "update")
    assert [(diff.path, diff.new) for diff in step.diff] == [("size.list[1]", "(known after up)")]


def test_a_preview_marks_only_what_an_update_can_know(stack: StackUnderTest):
    seen = []

    def program(size):
        first = Thing("a", size=size)
        first.size.apply(seen.append)
        first.address.apply(seen.append)

    stack.preview(lambda: program(1))
    assert seen == [1]
    stack.up(lambda: program(1))
    seen.clear()
    stack.preview(lambda: program(2))
    assert set(seen) == {2, stack.thing("a")["address"]}


def test_new_resources_pass_unknowns_on(stack: StackUnderTest):
    assert operations(stack.preview(lambda: Thing("b", size=Thing("a").address))) == {"create": 4}
    assert stack.cloud.things == {}
    assert not stack.file.exists()


def test_only_the_secret_leaf_is_encrypted_and_hidden(stack: StackUnderTest):
    def program(password):
        Thing("a", name="n", size={"user": "ana", "keys": ["plain", pulumi.Output.secret(password)]})

    stack.up(lambda: program("s3cret"))
    size = stack.record("a")["inputs"]["size"]
    assert (size["user"], size["keys"][0]) == ("ana", "plain")
    assert "ciphertext" in size["keys"][1]
    result = stack.up(lambda: program("0ther-s3cret"))
    (step,) = (step for step in result.steps if step.operation == "update")
    assert [(diff.path, diff.old, diff.new) for diff in step.diff] == [("size.keys[1]", "[secret]", "[secret]")]
    assert "s3cret" not in stack.file.read_text() + repr(stack.events)


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
    before = stack.records("a")
    stack.passphrases_asked = 0
    stack.up(program)
    assert stack.records("a") == before
    assert stack.passphrases_asked == 1


@pytest.mark.parametrize("value", [0, 3.5, 3.0, "", [], {}, [None], False, 2**53, "04da6b54"])
def test_every_plain_value_comes_back_as_it_went(stack: StackUnderTest, value):
    def program():
        pulumi.export("echo", Thing("a", size={"value": value}).size)

    stack.up(program)
    assert not stack.up(program).changes
    assert stack.engine.outputs()["echo"]["value"] == value
