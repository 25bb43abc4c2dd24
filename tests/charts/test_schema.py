from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubwright.core.charts import Chart
from hubwright.core.charts_schema import diff_defaults, diff_schemas, find_schema_key
from hubwright.core.charts_versions import is_newer, is_prerelease, newest_version, same_version
from hubwright.core.errors import UsageError
from hubwright.core.key_paths import parse_path


def chart(schema: dict[str, Any] | None = None, values: dict[str, Any] | None = None, *subcharts: Chart) -> Chart:
    return Chart("hub", "1.0.0", values or {}, schema, subcharts)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, object, object]]:
    found = diff_schemas(chart({"properties": old}), chart({"properties": new}))
    return [(change.kind.value, change.path, change.old, change.new) for change in found]


STRING, NUMBER = {"type": "string"}, {"type": "number"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": STRING}, {"a": STRING}, []),
        ({"a": STRING}, {"a": NUMBER}, [("change", "a", "string", "number")]),
        ({"a": STRING}, {"a": {"type": ["string", "null"]}}, [("change", "a", "string", "string or null")]),
        ({"a": STRING}, {}, [("remove", "a", "string", None)]),
        ({}, {"a": {"properties": {"b": STRING}}}, [("add", "a", None, "anything")]),
        ({"a": {"properties": {"b": STRING}}}, {"a": {"properties": {}}}, [("remove", "a.b", "string", None)]),
        ({"a": {"items": STRING}}, {"a": {"items": NUMBER}}, [("change", 'a["*"]', "string", "number")]),
        ({"a": {"enum": ["x", 1]}}, {"a": {"enum": ["x"]}}, [("change", "a", "integer or string", "string")]),
        ({"a": {"anyOf": [STRING, NUMBER]}}, {"a": STRING}, [("change", "a", "number or string", "string")]),
    ],
)
def test_keys_that_came_went_or_changed_their_type(old, new, expected):
    assert changes(old, new) == expected


def test_references_are_followed_and_a_circle_ends():
    old = {"$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "name": STRING}}}}
    new = {"$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "name": NUMBER}}}}
    root = {"properties": {"tree": {"$ref": "#/$defs/node"}}}
    found = [change.path for change in diff_schemas(chart({**old, **root}), chart({**new, **root}))]
    assert found[:1] == ["tree.name"]
    twice = {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}
    assert diff_schemas(chart(twice), chart(twice)) == []


def test_a_subcharts_schema_counts_below_its_key():
    inner = Chart("sub", "1.0.0", {}, {"properties": {"a": STRING}})
    other = Chart("sub", "2.0.0", {}, {"properties": {"a": NUMBER}})
    (change,) = diff_schemas(chart({}, {}, inner), chart({}, {}, other))
    assert change.path == "sub.a"


def test_defaults_are_compared_below_subcharts_with_lists_whole():
    old = chart(None, {"a": [1, 2], "sub": {"b": 1}}, Chart("sub", "1.0.0", {"b": 0, "c": 1}))
    new = chart(None, {"a": [1, 3], "sub": {"b": 1}}, Chart("sub", "1.0.0", {"b": 5, "c": 2}))
    assert [(change.path, change.old, change.new) for change in diff_defaults(old, new)] == [
        ("a", [1, 2], [1, 3]),
        ("sub.c", 1, 2),
    ]


SCHEMA = {
    "properties": {
        "hub": {"description": "The hub.", "properties": {"port": {"type": "integer"}, "env": {"type": "object"}}},
        "labels": {"additionalProperties": STRING},
        "hosts": {"items": {"properties": {"name": STRING}}},
    }
}


@pytest.mark.parametrize(
    ("key", "types", "default"),
    [
        ("", "anything", {"hub": {"port": 80}, "extra": 1}),
        ("hub.port", "integer", 80),
        ("labels.anything", "string", None),
        ("hosts[3].name", "string", None),
        ("extra", "anything", 1),
    ],
)
def test_a_key_is_found_in_schema_or_defaults(key, types, default):
    found = find_schema_key(chart(SCHEMA, {"hub": {"port": 80}, "extra": 1}), parse_path(key))
    assert (found.types, found.default) == (types, default)


def test_a_key_that_nobody_knows_has_its_nearest_named():
    with pytest.raises(UsageError, match=r"knows no key hub\.prot") as caught:
        find_schema_key(chart(SCHEMA), parse_path("hub.prot"))
    assert caught.value.hint == "did you mean hub.port?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "object", "#/properties/a", "#"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "$ref", "anyOf", "allOf", "enum", "additionalProperties", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_no_schema_however_wrong_breaks_the_diff(left: Any, right: Any):
    old = chart({"properties": {"a": left}})
    new = chart({"properties": {"a": right}})
    assert diff_schemas(old, old) == []
    assert len(diff_schemas(old, new)) == len(diff_schemas(new, old))


@pytest.mark.parametrize(
    ("versions", "prereleases", "newest"),
    [
        (["1.9.0", "1.10.0", "2.0.0-rc.1"], False, "1.10.0"),
        (["1.9.0", "1.10.0", "2.0.0-rc.1"], True, "2.0.0-rc.1"),
        (["v1.2.3", "1.2.2"], False, "v1.2.3"),
        (["1.2", "1.1.9", "latest", ""], False, "1.2"),
        (["2.0.0-0.dev"], False, None),
        ([], True, None),
        (["1.0.0-0.dev.git.3983.h383374de", "1.0.0-0.dev.git.10007.h1234567"], True, "1.0.0-0.dev.git.10007.h1234567"),
        (["1.0.0-0.dev.git.10.h0000001", "1.0.0-0.dev.hb9fad995"], True, "1.0.0-0.dev.git.10.h0000001"),
        (["0.2.0-n011.hb49edf6", "0.2.0-n1011.h0123456"], True, "0.2.0-n1011.h0123456"),
        (["4.4.0-0.dev.git.7000.habcdef0", "4.4.0"], True, "4.4.0"),
    ],
)
def test_the_newest_version(versions, prereleases, newest):
    assert newest_version(versions, prereleases=prereleases) == newest


def test_versions_are_compared_as_helm_does():
    assert is_newer("1.0.0", "1.0.0-rc.1")
    assert not is_newer("1.0.0", "v1.0.0")
    assert not is_newer("nonsense", "1.0.0")
    assert same_version("v1.0.0", "1.0.0")
    assert is_prerelease("1.0.0-0.dev.git.3983.h383374de")
    assert not is_prerelease("v1.0.0")
