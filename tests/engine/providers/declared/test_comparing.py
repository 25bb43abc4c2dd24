from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.declared.comparing import diff_inputs
from hubwright.engine.providers.declared.fields import items, mapping, record, text

OLD = {"name": "chest-1234567", "size": 3, "__defaults": ["name"]}


def changed(fields: dict[str, Any], new: dict[str, Any], old: dict[str, Any], live: dict[str, Any]) -> list[str]:
    return list(diff_inputs(fields, old, live, new).changed)


def test_equal_inputs_are_no_change(fields: dict[str, Any]) -> None:
    assert not diff_inputs(fields, OLD, {**OLD, "region": "GRA", "status": "READY"}, OLD).changed


def test_what_the_cloud_filled_in_is_no_change(fields: dict[str, Any]) -> None:
    assert not changed(fields, {"size": 3}, {"size": 3}, {"size": 3, "region": "GRA"})


def test_a_computed_input_that_is_taken_away_is_no_change(fields: dict[str, Any]) -> None:
    assert not changed(fields, {"size": 3}, {"size": 3, "region": "GRA"}, {"size": 3, "region": "GRA"})


def test_an_input_that_is_taken_away_is_a_change(fields: dict[str, Any]) -> None:
    assert changed(fields, {"size": 3}, {"size": 3, "tags": ["a"]}, {"size": 3, "tags": ["a"]}) == ["tags"]


def test_force_new_replaces(fields: dict[str, Any]) -> None:
    result = diff_inputs(fields, {"size": 3, "color": "red"}, {}, {"size": 4, "color": "blue"})
    assert (sorted(result.changed), list(result.replace)) == (["color", "size"], ["color"])


def test_an_unknown_value_counts_as_changed(fields: dict[str, Any]) -> None:
    result = diff_inputs(fields, {"color": "red"}, {"color": "red"}, {"color": UNKNOWN})
    assert list(result.replace) == ["color"]
    assert changed(fields, {"labels": {"a": UNKNOWN}}, {"labels": {"a": "1"}}, {}) == ["labels"]


def test_drift_found_by_a_refresh_is_a_change(fields: dict[str, Any]) -> None:
    assert changed(fields, {"size": 3}, {"size": 3}, {"size": 5}) == ["size"]


def test_a_program_that_follows_the_drift_is_no_change(fields: dict[str, Any]) -> None:
    assert not changed(fields, {"color": "blue"}, {"color": "red"}, {"color": "blue"})


@pytest.mark.parametrize("empty", ["", None, [], {}, 0, False])
def test_emptiness_has_many_spellings(empty: Any) -> None:
    assert not diff_inputs({"a": text()}, {}, {"a": empty}, {"a": ""}).changed


def test_true_is_not_one() -> None:
    assert diff_inputs({"a": text()}, {}, {"a": 1}, {"a": True}).changed


def test_the_keys_of_a_map_are_all_the_users() -> None:
    fields = {"labels": mapping()}
    assert changed(fields, {"labels": {"a": "1"}}, {"labels": {"a": "1"}}, {"labels": {"a": "1", "b": "2"}})


def test_a_record_may_hold_more_than_was_asked() -> None:
    fields, live = {"lid": record()}, {"lid": {"material": "oak", "hinges": 2}}
    assert not changed(fields, {"lid": {"material": "oak"}}, {"lid": {"material": "oak"}}, live)
    assert changed(fields, {"lid": {"material": "oak"}}, {"lid": {"material": "oak", "hinges": 2}}, live)


def test_bookkeeping_of_the_official_plugins_is_ignored() -> None:
    fields = {"lid": record()}
    old = {"lid": {"material": "oak", "__defaults": []}, "__defaults": []}
    assert not changed(fields, {"lid": {"material": "oak"}}, old, old)


@given(st.lists(st.text(max_size=3)), st.randoms())
def test_the_order_of_a_set_means_nothing(values: list[str], random: Any) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert not diff_inputs({"tags": items(unordered=True)}, {}, {"tags": values}, {"tags": shuffled}).changed


def test_the_order_of_a_list_means_something() -> None:
    assert diff_inputs({"steps": items()}, {}, {"steps": ["a", "b"]}, {"steps": ["b", "a"]}).changed


def test_a_chosen_name_is_freed_before_the_replacement_takes_it(fields: dict[str, Any]) -> None:
    old, new = {"name": "mine", "color": "red"}, {"name": "mine", "color": "blue", "__defaults": []}
    assert diff_inputs(fields, old, old, new).delete_before_replace
    made_up = {**new, "__defaults": ["name"]}
    assert not diff_inputs(fields, old, old, made_up).delete_before_replace


def test_equivalent_spellings_are_no_change() -> None:
    fields = {"target": text(equivalent=lambda new, live: new == live.strip('"'))}
    assert not diff_inputs(fields, {}, {"target": '"v=spf1"'}, {"target": "v=spf1"}).changed
