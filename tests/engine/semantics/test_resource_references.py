"""Resource references: a resource passed as a value arrives as a reference, and is one in the state."""

from __future__ import annotations

import pulumi

from hubwright.engine.marshal import RESOURCE_SIGNATURE, SIGNATURE_KEY
from tests.engine.cloud import StackUnderTest, Thing, urn


def test_they_are_kept_as_references(stack: StackUnderTest):
    def program():
        first = Thing("first")
        Thing("second", size=[{"inside": first}])

    stack.up(program)
    id_ = stack.record("first")["id"]
    (inside,) = stack.record("second")["inputs"]["size"]
    assert inside == {"inside": {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": urn("first"), "id": id_}}
    assert urn("first") in stack.record("second")["dependencies"]
    assert not stack.up(program).changes


def test_a_component_has_no_id(stack: StackUnderTest):
    def program():
        group = pulumi.ComponentResource("my:index:Group", "g")
        Thing("a", size={"group": group})

    stack.up(program)
    reference = stack.record("a")["inputs"]["size"]["group"]
    assert reference == {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": urn("g", "my:index:Group")}
