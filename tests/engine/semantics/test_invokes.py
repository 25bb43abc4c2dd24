"""Invokes: functions of a provider answer with data, in previews too; unknown arguments wait for the update."""

from __future__ import annotations

import pulumi
import pytest

from hubwright.core.errors import UnsupportedError
from tests.engine.cloud import CloudProvider, StackUnderTest, Thing

ASK = "cloud:index:ask"


def test_functions_answer_with_data(stack: StackUnderTest):
    def program():
        pulumi.export("now", pulumi.runtime.invoke(ASK, {"question": "why"}).value)
        pulumi.export("later", pulumi.runtime.invoke_output(ASK, {"question": Thing("a").address}))

    assert stack.up(program).outputs == {"now": {"answer": ["why", 42]}, "later": {"answer": ["10.0.0.id-1", 42]}}


def test_a_preview_answers_what_is_known(stack: StackUnderTest):
    seen = []

    def program():
        pulumi.runtime.invoke_output(ASK, {"question": "why"}).apply(lambda answer: seen.append(answer["answer"]))
        pulumi.runtime.invoke_output(ASK, {"question": Thing("a").address}).apply(seen.append)

    stack.preview(program)
    assert seen == [["why", 42]]


def test_an_explicit_provider_is_the_one_that_answers(stack: StackUnderTest):
    def program():
        provider = CloudProvider("there", region="A")
        pulumi.export(
            "x", pulumi.runtime.invoke_output(ASK, {"question": 1}, pulumi.InvokeOutputOptions(provider=provider))
        )

    stack.up(program)
    assert stack.cloud.configurations == [{"region": "A"}]


def test_a_package_that_the_engine_has_not_is_refused_by_name(stack: StackUnderTest):
    with pytest.raises(UnsupportedError, match="elsewhere"):
        stack.up(lambda: pulumi.runtime.invoke("elsewhere:index:ask", {}))
