from __future__ import annotations

import re
from typing import Any

import pytest

from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.declared.checking import check_inputs
from hubwright.engine.providers.declared.fields import text


def reasons(fields: dict[str, Any], news: dict[str, Any]) -> dict[str, str]:
    return {failure.property: failure.reason for failure in check_inputs(fields, None, news, "chest").failures}


def test_defaults_and_names_are_filled_in_and_recorded(fields: dict[str, Any]) -> None:
    result = check_inputs(fields, None, {"size": 3}, "chest")
    assert not result.failures
    assert re.fullmatch(r"chest-[0-9a-f]{7}", result.inputs["name"])
    assert result.inputs["open"] is True
    assert result.inputs["__defaults"] == ["name", "open"]


def test_a_made_up_name_is_kept(fields: dict[str, Any]) -> None:
    first = check_inputs(fields, None, {"size": 3}, "chest").inputs
    assert check_inputs(fields, first, {"size": 4}, "chest").inputs["name"] == first["name"]


def test_without_olds_the_name_is_fresh(fields: dict[str, Any]) -> None:
    names = {check_inputs(fields, None, {"size": 3}, "chest").inputs["name"] for _ in range(8)}
    assert len(names) == 8


def test_a_name_that_the_user_gave_before_is_not_taken_for_a_default(fields: dict[str, Any]) -> None:
    olds = {"name": "mine", "size": 3, "__defaults": ["open"], "open": True}
    assert check_inputs(fields, olds, {"size": 3}, "chest").inputs["name"] != "mine"


def test_every_fault_is_told_at_once(fields: dict[str, Any]) -> None:
    found = reasons(fields, {"colour": "red", "key": "x", "open": "yes", "old": "y"})
    assert found["colour"] == "is not a property of this type; did you mean color?"
    assert "output" in found["key"]
    assert found["open"] == "must be of type boolean, not str"
    assert "not supported by the embedded engine" in found["old"]
    assert found["size"] == "is required"


def test_an_unknown_value_satisfies_required_and_types(fields: dict[str, Any]) -> None:
    assert reasons(fields, {"size": UNKNOWN, "open": UNKNOWN, "tags": [UNKNOWN]}) == {}


def test_null_is_absence(fields: dict[str, Any]) -> None:
    assert "is required" in reasons(fields, {"size": None})["size"]


@pytest.mark.parametrize(("value", "wrong"), [(3.0, False), (3.5, True), (True, True), ("3", True)])
def test_integers(fields: dict[str, Any], value: Any, wrong: bool) -> None:
    assert bool(reasons(fields, {"size": value})) is wrong


def test_a_double_of_the_wire_becomes_an_integer(fields: dict[str, Any]) -> None:
    assert isinstance(check_inputs(fields, None, {"size": 3.0}, "chest").inputs["size"], int)


def test_a_default_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    fields = {"project": text(required=True, default_from=lambda: os.environ.get("TOY_PROJECT"))}
    monkeypatch.setenv("TOY_PROJECT", "p1")
    assert check_inputs(fields, None, {}, "x").inputs == {"project": "p1", "__defaults": ["project"]}
    monkeypatch.delenv("TOY_PROJECT")
    assert [failure.property for failure in check_inputs(fields, None, {}, "x").failures] == ["project"]
