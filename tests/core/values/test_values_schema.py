from __future__ import annotations

import time
from typing import Any

import pytest

from hubwright.core.charts import Chart, Dependency
from hubwright.core.errors import ValuesError
from hubwright.core.key_paths import format_path
from hubwright.core.values import StandIn, computed_layer, load_layer, merge_layers
from hubwright.core.values_schema import check_chart_values, check_values, format_problems

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["replicas"],
    "properties": {
        "replicas": {"type": "integer", "minimum": 1, "description": "How many pods run. More is safer."},
        "kind": {"enum": ["small", "large"]},
        "password": {"type": ["string", "null"]},
        "host": {"type": "string", "pattern": "^[a-z.]+$"},
        "file": {"oneOf": [{"required": ["data"]}, {"required": ["text"]}]},
        "free": {"type": "object"},
        "when": {"if": {"properties": {"on": {"const": "yes"}}}, "then": {"required": ["at"]}},
        "linked": {"$ref": "#/definitions/linked"},
    },
    "definitions": {"linked": {"type": "object", "additionalProperties": False, "properties": {"inner": {}}}},
}


def problems(text: str = "replicas: 1\n", computed: dict[str, Any] | None = None) -> list[str]:
    layers = [load_layer(text, name="base", source="base.yaml"), computed_layer(computed or {})]
    return [str(problem) for problem in check_values(merge_layers(layers), SCHEMA, chart="hub")]


def test_good_values_have_no_problem():
    assert problems("replicas: 2\nkind: small\npassword: null\nfile: {data: {}}\nfree: {x: [1]}\n") == []


def test_all_problems_are_told_at_once_each_with_its_line():
    assert problems("replicas: 0\nkind: medium\npassword: 12\nhost: A\n") == [
        'base.yaml:4: host: found a string, "A"; the chart\'s rule pattern "^[a-z.]+$" fails',
        'base.yaml:2: kind: found a string, "medium"; the chart wants one of "small", "large"',
        "base.yaml:3: password: found an integer (not shown); the chart wants a string or null: put it between quotes",
        "base.yaml:1: replicas: found an integer, 0; the chart's rule minimum 1 fails",
    ]


def test_an_unknown_key_comes_with_the_nearest_one():
    (first, second) = problems("replica: 1\n")
    assert first == 'base.yaml:1: replica: no such key; did you mean "replicas"?'
    assert "replicas: is missing" in second


def test_keys_behind_a_reference_are_known_too():
    assert problems("replicas: 1\nlinked: {iner: 1}\n")[0].endswith('did you mean "inner"?')


def test_the_description_becomes_the_hint():
    merged = merge_layers([computed_layer({"replicas": "two"})])
    error = format_problems(check_values(merged, SCHEMA, chart="hub"), chart="hub")
    assert error.message.splitlines()[0] == "1 problem in the values of chart hub:"
    assert error.hint == "replicas: How many pods run."


@pytest.mark.parametrize(
    ("key", "stand_in"),
    [
        ("password", StandIn("string", secret=True)),
        ("host", StandIn("string")),
        ("kind", StandIn("string")),
        ("replicas", StandIn("integer")),
        ("replicas", StandIn("any")),
        ("kind", StandIn("any")),
        ("file", StandIn("object")),
        ("when", StandIn("object")),
    ],
)
def test_a_stand_in_of_a_possible_type_is_accepted(key, stand_in):
    assert problems(computed={key: stand_in}) == []


def test_a_stand_in_inside_a_condition_does_not_fail_the_check():
    assert problems(computed={"when": {"on": StandIn("string")}}) == []


@pytest.mark.parametrize(
    ("key", "stand_in"),
    [("replicas", StandIn("string", "the number")), ("linked", StandIn("string")), ("kind", StandIn("integer"))],
)
def test_a_stand_in_of_a_wrong_type_is_told(key, stand_in):
    (problem,) = problems(computed={key: stand_in})
    assert problem.startswith(f"computed: {key}: found {stand_in.label} ({stand_in.json_type}); the chart wants")


def test_a_stand_in_hides_no_other_problem():
    (problem,) = problems("replicas: 1\nkind: medium\n", computed={"host": StandIn("string")})
    assert "kind" in problem


def test_a_number_with_an_exponent_is_an_integer():
    assert problems("replicas: 4e1\n") == []


def test_a_schema_that_refers_to_the_network_is_refused_unfetched():
    merged = merge_layers([computed_layer({})])
    with pytest.raises(ValuesError, match=r"the values.schema.json of chart hub cannot be used"):
        check_values(merged, {"$ref": "https://example.org/schema.json"}, chart="hub")


SUB = Chart("sub", "1.0.0", {"size": 1}, {"type": "object", "properties": {"size": {"type": "integer"}}})
PARENT = Chart("parent", "1.0.0", {}, None, (SUB,), (Dependency("sub", condition="sub.enabled"),))


def test_a_subchart_is_checked_below_its_key():
    merged = merge_layers([load_layer("sub:\n  size: big\n", name="base", source="base.yaml")], chart=PARENT)
    (problem,) = check_chart_values(merged)
    assert problem.path == ("sub", "size")
    assert problem.source == "base.yaml:2"


def test_a_subchart_that_is_off_is_not_checked():
    merged = merge_layers([computed_layer({"sub": {"size": "big", "enabled": False}})], chart=PARENT)
    assert check_chart_values(merged) == []


def test_paths_read_as_people_write_them():
    assert format_path(("hub", "extraFiles", "my.cfg", 0, "mode")) == 'hub.extraFiles["my.cfg"][0].mode'
    assert format_path(()) == "(root)"


def test_two_hundred_checks_are_quick():
    begin = time.monotonic()
    for number in range(200):
        assert problems(f"replicas: {number + 1}\n") == []
    assert time.monotonic() - begin < 2
