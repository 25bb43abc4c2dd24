"""`additionalSecretOutputs`: outputs that are secret in the state, in the program and in what the run tells."""

from __future__ import annotations

import pulumi
from pulumi import ResourceOptions

from hubwright.engine.property_values import Secret
from tests.engine.cloud import StackUnderTest, Thing


def program(*names):
    thing = Thing("a", name="n", opts=ResourceOptions(additional_secret_outputs=list(names)))
    pulumi.export("address", thing.address)


def test_they_are_secret_everywhere(stack: StackUnderTest):
    result = stack.up(lambda: program("address"))
    assert result.outputs["address"] == Secret("10.0.0.id-0")
    assert "10.0.0.id-0" not in stack.file.read_text() + repr(stack.events)
    assert stack.record("a")["additionalSecretOutputs"] == ["address"]


def test_marking_later_encrypts_what_is_there(stack: StackUnderTest):
    stack.up(lambda: program())
    assert "10.0.0.id-0" in stack.file.read_text()
    assert not stack.up(lambda: program("address")).changes
    assert "10.0.0.id-0" not in stack.file.read_text()
