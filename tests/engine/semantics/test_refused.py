"""What the engine refuses: every feature of the list is refused by its name, before anything is made."""

from __future__ import annotations

from types import SimpleNamespace

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import UnsupportedError
from hubwright.engine.monitor import Monitor
from hubwright.engine.refusals import REFUSED
from hubwright.engine.state.backend import StackName
from tests.engine.cloud import StackUnderTest, Thing

OPTIONS = {
    "remote": lambda: pulumi.ComponentResource("cloud:index:Remote", "r", {}, None, remote=True),
    "replace_with": lambda: Thing("a", opts=ResourceOptions(replace_with=[Thing("b")])),
    "replacement_trigger": lambda: Thing("a", opts=ResourceOptions(replacement_trigger="x")),
    "envVarMappings": lambda: pulumi.ProviderResource("cloud", "p", opts=ResourceOptions(env_var_mappings={"A": "B"})),
    "RegisterStackTransform": lambda: pulumi.runtime.register_resource_transform(lambda args: None),
    "RegisterStackInvokeTransform": lambda: pulumi.runtime.register_invoke_transform(lambda args: None),
    "RegisterResourceHook": lambda: Thing(
        "a",
        opts=ResourceOptions(
            hooks=pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook("h", lambda args: None)])
        ),
    ),
}


@pytest.mark.parametrize("feature", OPTIONS)
def test_what_a_program_can_ask_for_is_refused(stack: StackUnderTest, feature):
    with pytest.raises(Exception, match=r"(?i)support") as raised:
        stack.preview(OPTIONS[feature])
    assert stack.cloud.calls == []
    if not isinstance(raised.value, UnsupportedError):
        # The SDK asked for the feature and said no by itself.
        assert feature.startswith("Register") or feature in ("replace_with", "replacement_trigger", "envVarMappings")


@pytest.mark.parametrize("feature", [name for name in REFUSED if name[0].isupper()])
def test_every_call_of_the_list_is_refused_by_name(feature):
    monitor = Monitor(StackName("proj", "dev"), None, None)
    with pytest.raises(Exception, match=REFUSED[feature].name):
        getattr(monitor, feature)(SimpleNamespace(tok="a:b:c", name="p"))
    (refusal,) = monitor.refusals
    assert isinstance(refusal, UnsupportedError)
    assert REFUSED[feature].reason in str(refusal.hint)


def test_a_call_of_a_newer_sdk_is_refused_too():
    monitor = Monitor(StackName("proj", "dev"), None, None)
    with pytest.raises(Exception, match="DoSomethingNew is not supported"):
        monitor.DoSomethingNew(None)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (lambda: pulumi.CustomResource("elsewhere:index:X", "x"), "elsewhere"),
        (lambda: pulumi.CustomResource("cloud:index:Other", "x"), "cloud:index:Other"),
        (lambda: pulumi.runtime.invoke("elsewhere:index:ask", {}), "elsewhere"),
    ],
)
def test_packages_and_types_that_it_has_not_are_refused_by_name(stack: StackUnderTest, program, name):
    with pytest.raises(UnsupportedError, match=name):
        stack.preview(program)
