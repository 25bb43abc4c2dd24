from __future__ import annotations

from typing import Any

import pytest

from hubwright.core.errors import CancelledError, DeadlineError, ResourceError, UnsupportedError
from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.base import OperationContext, PartialFailureError
from hubwright.engine.providers.declared.provider import DeclaredProvider

INPUTS = {"name": "n", "size": 3, "__defaults": ["name"]}


def test_create_waits_and_returns_what_the_api_says(
    provider: DeclaredProvider, box: Any, token: str, context: OperationContext
) -> None:
    box.statuses = ["MAKING", "MAKING", "READY"]
    state = provider.create(token, INPUTS, context)
    assert state.id == "box-1"
    assert state.outputs == {"name": "n", "size": 3, "key": "once", "status": "READY"}
    assert "__defaults" not in box.boxes["box-1"]


def test_a_resource_that_failed_after_its_creation_is_not_lost(
    provider: DeclaredProvider, box: Any, token: str, context: OperationContext
) -> None:
    box.statuses = ["BROKEN"]
    with pytest.raises(PartialFailureError) as caught:
        provider.create(token, INPUTS, context)
    assert caught.value.state.id == "box-1"
    assert caught.value.state.outputs["key"] == "once"
    assert caught.value.state.inputs == INPUTS
    assert isinstance(caught.value.__cause__, ResourceError)
    assert "BROKEN" in caught.value.reasons[0]


def test_a_create_that_takes_too_long_is_not_lost(provider: DeclaredProvider, box: Any, token: str) -> None:
    box.statuses = ["MAKING"]
    context = OperationContext(urn=f"urn:pulumi:s::p::{token}::chest", timeout_s=2)
    with pytest.raises(PartialFailureError, match="Box chest was not done after 2 s") as caught:
        provider.create(token, INPUTS, context)
    assert isinstance(caught.value.__cause__, DeadlineError)


def test_a_create_that_the_user_stops_is_not_lost(provider: DeclaredProvider, box: Any, token: str) -> None:
    context = OperationContext(urn="urn:pulumi:s::p::t::chest", cancelled=lambda: True)
    with pytest.raises(PartialFailureError) as caught:
        provider.create(token, INPUTS, context)
    assert isinstance(caught.value.__cause__, CancelledError)
    assert caught.value.state.id == "box-1"


def test_a_fault_in_our_own_reading_keeps_the_id_and_quotes_nothing(
    provider: DeclaredProvider, box: Any, token: str, context: OperationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr(box, "read", broken)
    with pytest.raises(PartialFailureError) as caught:
        provider.create(token, INPUTS, context)
    assert caught.value.state.id == "box-1"
    assert caught.value.state.outputs == {"name": "n", "size": 3, "key": "once"}
    assert "hunter2" not in str(caught.value)


def test_update_keeps_what_only_the_state_knows(
    provider: DeclaredProvider, box: Any, token: str, context: OperationContext
) -> None:
    state = provider.create(token, INPUTS, context)
    changed = provider.update(token, state.id, INPUTS, state.outputs, {**INPUTS, "size": 4}, context)
    assert (changed.outputs["size"], changed.outputs["key"]) == (4, "once")


def test_read_tells_what_is_gone(provider: DeclaredProvider, token: str, context: OperationContext) -> None:
    assert provider.read(token, "box-9", {}, {}, context) is None


def test_delete_knows_inputs_and_outputs(
    provider: DeclaredProvider, box: Any, token: str, context: OperationContext
) -> None:
    provider.delete(token, "box-1", {"size": 3, "__defaults": []}, {"status": "READY"}, context)
    assert box.removed == [{"size": 3, "status": "READY"}]


def test_types_that_are_not_there_are_refused_by_name(provider: DeclaredProvider, context: OperationContext) -> None:
    assert not provider.supports("toy:index/jar:Jar")
    with pytest.raises(UnsupportedError, match="toy:index/jar:Jar"):
        provider.check("toy:index/jar:Jar", None, {}, "x", context)
    with pytest.raises(UnsupportedError, match="toy:index:subtract"):
        provider.invoke("toy:index:subtract", {}, context)


def test_functions_answer(provider: DeclaredProvider, context: OperationContext) -> None:
    assert provider.invoke("toy:index:add", {"x": 1, "y": 2}, context) == {"sum": 3}
    with pytest.raises(UnsupportedError, match="not known yet"):
        provider.invoke("toy:index:add", {"x": UNKNOWN}, context)


def test_secret_outputs_and_types_come_from_the_declarations(provider: DeclaredProvider, token: str) -> None:
    assert provider.secret_outputs(token) == {"key"}
    assert list(provider.types()) == [token]
