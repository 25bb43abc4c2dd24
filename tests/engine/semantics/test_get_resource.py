"""`pulumi:pulumi:getResource`: looks a resource of this run up by its URN; resource references are opened by it."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.core.errors import ResourceError
from hubwright.engine.property_values import unwrap_secrets
from tests.engine.cloud import StackUnderTest, Thing, urn


def look_up(name):
    return pulumi.runtime.invoke_output("pulumi:pulumi:getResource", {"urn": name})


def test_it_gives_id_and_outputs(stack: StackUnderTest):
    def program():
        found = Thing("a", name="n").urn.apply(look_up)
        pulumi.export("found", found)

    found = unwrap_secrets(stack.up(program).outputs["found"])  # it has a secret output
    assert (found["urn"], found["id"]) == (urn("a"), stack.record("a")["id"])
    assert found["state"]["name"] == "n"
    assert found["provider"] == stack.record("a")["provider"]


def test_what_only_the_state_knows_is_not_found(stack: StackUnderTest):
    stack.up(lambda: Thing("a"))
    with pytest.raises(ResourceError, match=r"there is no resource .*Thing::a in this run"):
        stack.up(lambda: pulumi.export("x", look_up(urn("a"))))
