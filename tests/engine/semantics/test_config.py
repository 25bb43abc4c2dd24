"""Configuration: what the program reads, and which of it is secret."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.core.errors import HubwrightError
from hubwright.engine.property_values import Secret
from tests.engine.cloud import StackUnderTest


def test_values_of_every_kind(stack: StackUnderTest):
    stack.config = {"proj:name": "n", "proj:count": "3", "proj:deep": '{"list": [1, {"on": true}]}', "other:x": "y"}

    def program():
        config = pulumi.Config()
        pulumi.export("all", [config.require("name"), config.require_int("count"), config.require_object("deep")])
        pulumi.export("other", pulumi.Config("other").get("x"))

    assert stack.up(program).outputs == {"all": ["n", 3, {"list": [1, {"on": True}]}], "other": "y"}


def test_secrets_stay_secret(stack: StackUnderTest):
    stack.config = {"proj:password": "s3cret"}

    def program():
        pulumi.export("password", pulumi.Config().require_secret("password"))

    result = stack.up(program, secret_config_keys=["proj:password"])
    assert result.outputs["password"] == Secret("s3cret")
    assert "s3cret" not in stack.file.read_text() + repr(stack.events)


def test_a_missing_value_is_named(stack: StackUnderTest):
    with pytest.raises(HubwrightError, match="proj:missing"):
        stack.up(lambda: pulumi.Config().require("missing"))
