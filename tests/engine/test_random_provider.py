"""The random package, through the engine and the official SDKs."""

from __future__ import annotations

import base64
import string

import bcrypt
import pulumi
import pulumi_random
import pytest

from hubwright.core.errors import ResourceError
from hubwright.engine.property_values import unwrap_secrets
from hubwright.engine.providers.registry import provider_factories
from tests.engine.cloud import StackUnderTest


@pytest.fixture
def up(stack: StackUnderTest):
    def run(program):
        result = stack.up(program, providers=provider_factories())
        return result, unwrap_secrets(result.outputs)

    return run


def test_random_values_have_the_official_shapes(up, stack: StackUnderTest):
    def program():
        password = pulumi_random.RandomPassword("p", length=20, min_special=3, upper=False)
        pulumi.export("password", password.result)
        pulumi.export("hash", password.bcrypt_hash)
        drawn = pulumi_random.RandomBytes("b", length=32)
        pulumi.export("bytes", [drawn.base64, drawn.hex])
        id_ = pulumi_random.RandomId("i", byte_length=4, prefix="x-")
        pulumi.export("id", [id_.id, id_.hex, id_.dec, id_.b64_std, id_.b64_url])
        pulumi.export("text", pulumi_random.RandomString("s", length=9, special=False).result)
        pulumi.export("number", pulumi_random.RandomInteger("n", min=3, max=4).result)
        pulumi.export("uuid", pulumi_random.RandomUuid("u").result)

    result, outputs = up(program)
    password = outputs["password"]
    assert len(password) == 20
    assert sum(character in string.punctuation for character in password) >= 3
    assert not set(password) & set(string.ascii_uppercase)
    assert bcrypt.checkpw(password.encode(), outputs["hash"].encode())
    assert base64.b64decode(outputs["bytes"][0]).hex() == outputs["bytes"][1]
    url, hexadecimal, decimal, *_ = outputs["id"]
    assert base64.urlsafe_b64decode(url + "==").hex() == hexadecimal.removeprefix("x-")
    assert int(hexadecimal.removeprefix("x-"), 16) == int(decimal.removeprefix("x-"))
    assert len(outputs["text"]) == 9
    assert outputs["number"] in (3, 4)
    assert repr(result.outputs["password"]) == "Secret([secret])"
    assert password not in stack.file.read_text()
    assert not up(program)[0].changes


def test_keepers_draw_anew(up):
    def program(keeper):
        pulumi.export("v", pulumi_random.RandomString("s", length=20, keepers={"k": keeper}).result)

    first = up(lambda: program("a"))[1]["v"]
    assert up(lambda: program("a"))[1]["v"] == first
    assert up(lambda: program("b"))[1]["v"] != first


def test_impossible_lengths_are_refused(up):
    with pytest.raises(ResourceError, match="length: must be at least 1"):
        up(lambda: pulumi_random.RandomPassword("p", length=2, min_upper=3) and None)
