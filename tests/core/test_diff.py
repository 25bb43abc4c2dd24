from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubwright.core.diff import ABSENT, changed_leaves, make_diff, same_value
from hubwright.core.errors import ConfigError
from hubwright.core.key_paths import format_path, parse_path

KEYS = st.text(min_size=1, max_size=4).filter(lambda key: key != "*")
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
QUICK = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def apply(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return copy.deepcopy(new)
    head, rest = path[0], path[1:]
    if new is ABSENT and not rest:
        if isinstance(value, dict):
            del value[head]
        else:
            value[head] = ABSENT
    elif isinstance(value, list) and head == len(value):
        value.append(copy.deepcopy(new))
    else:
        value[head] = apply(value.get(head) if isinstance(value, dict) else value[head], rest, new)
    return value


def without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_absent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_absent(item) for item in value if item is not ABSENT]
    return value


@given(TREES, TREES)
@QUICK
def test_the_changes_lead_from_the_old_to_the_new(old, new):
    changed = copy.deepcopy(old)
    for path, before, after in changed_leaves(old, new):
        assert not same_value(before, after)
        changed = apply(changed, path, after)
    assert same_value(without_absent(changed), new)


@given(TREES)
@QUICK
def test_nothing_differs_from_its_copy(tree):
    assert list(changed_leaves(tree, copy.deepcopy(tree))) == []


def test_a_difference_names_path_kind_both_values_and_origin():
    diff = make_diff(("a", 0, "b.c"), 1, ABSENT, origin="base.yaml:3")
    assert (diff.path, str(diff.kind), diff.old, diff.new, diff.origin) == (
        'a[0]["b.c"]',
        "remove",
        1,
        None,
        "base.yaml:3",
    )


@given(st.lists(KEYS | st.integers(0, 99), min_size=1, max_size=5).map(tuple))
@QUICK
def test_a_written_path_reads_back_the_same(path):
    assert parse_path(format_path(path)) == path


def test_a_broken_path_is_refused():
    with pytest.raises(ConfigError, match="not a path of keys"):
        parse_path("a[b")
