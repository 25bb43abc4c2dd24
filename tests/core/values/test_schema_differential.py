"""Our verdicts about values against the real helm binary's: accepted or refused, chart by chart.

Each case is a subchart with a schema of its own; Helm tells all charts that it refuses in one run.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubwright.adapters.chart_packages import read_chart
from hubwright.core.errors import ValuesError
from hubwright.core.values import computed_layer, merge_layers
from hubwright.core.values_schema import check_chart_values, check_values

from .conftest import write_chart
from .official import official_chart

pytestmark = pytest.mark.contract

BOUNDED = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
DRAFTS = ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema", None]
KEYS = st.sampled_from(["a", "b", "c", "on"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["x", "yy", "", 1.5, 1.0])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(LEAVES, min_size=1, max_size=3, unique_by=lambda value: json.dumps(value)),
            "const": LEAVES,
            "minimum": st.integers(-2, 2),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "maxLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^x", "y+$", "^[a-z]*$"]),
            "minItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
            "items": inner,
            "properties": st.dictionaries(KEYS, inner, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b|c"]), inner, max_size=1),
            "additionalProperties": st.booleans() | inner,
            "required": st.lists(KEYS, max_size=2, unique=True),
            "maxProperties": st.integers(0, 3),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
        },
    )


SCHEMAS = st.recursive(
    st.just({}) | st.just({"$ref": "#/definitions/leaf"}) | st.fixed_dictionaries({"type": TYPES}),
    schemas,
    max_leaves=4,
)
CASES = st.tuples(SCHEMAS, st.sampled_from(DRAFTS), st.dictionaries(KEYS, VALUES, max_size=3))


def refused_by_helm(helm: Path, chart: Path) -> set[str]:
    """The charts whose values Helm refuses."""
    done = subprocess.run([str(helm), "template", "r", str(chart)], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return set()
    assert "don't meet the specifications" in done.stderr, done.stderr[-500:]
    return set(re.findall(r"^(c\d+):$", done.stderr, re.MULTILINE))


def refused_by_us(chart: Path) -> set[str]:
    definition = read_chart(chart)
    return {str(problem.path[0]) for problem in check_chart_values(merge_layers([], chart=definition))}


def make_umbrella(folder: Path, cases: list[tuple[Any, str | None, dict[str, Any]]]) -> Path:
    chart = write_chart(folder / "umbrella", "umbrella")
    for number, (schema, draft, values) in enumerate(cases):
        sub = write_chart(chart / "charts" / f"c{number}", f"c{number}", json.dumps(values))
        whole = {**schema, "definitions": {"leaf": {"type": ["string", "integer"]}}}
        if draft:
            whole["$schema"] = draft
        # Helm gives every subchart a `global`, which these schemas do not know.
        (sub / "values.schema.json").write_text(
            json.dumps({**whole, "properties": {"global": {}} | whole.get("properties", {})})
        )
    return chart


@given(cases=st.lists(CASES, min_size=15, max_size=40))
@BOUNDED
def test_generated_schemas_accept_and_refuse_as_in_helm(helm, tmp_path_factory, cases):
    chart = make_umbrella(tmp_path_factory.mktemp("schemas"), cases)
    assert refused_by_us(chart) == refused_by_helm(helm, chart)


def mutations(values: Any, dice: random.Random) -> Any:
    """The values with one leaf or key changed."""
    copied = json.loads(json.dumps(values))
    parent = copied
    while True:
        key = dice.choice(list(parent))
        if not (isinstance(parent[key], dict) and parent[key]) or dice.random() < 0.2:
            break
        parent = parent[key]
    change = dice.randrange(3)
    if change == 0:
        parent[key] = dice.choice(["text", 7, 1.5, True, None, [], {}, {"x": 1}, ["x"]])
    elif change == 1:
        parent[f"{key}x"] = parent.pop(key)
    else:
        parent["added"] = dice.choice([1, "x", {}])
    return copied


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_changed_official_values_are_judged_as_in_helm(helm, tmp_path, name):
    official = official_chart(name)
    dice = random.Random(11)
    chart = write_chart(tmp_path / "umbrella", "umbrella")
    for number in range(120):
        sub = write_chart(chart / "charts" / f"c{number}", f"c{number}")
        (sub / "values.yaml").write_text(json.dumps(mutations(official.values, dice)))
        (sub / "values.schema.json").write_text(json.dumps(official.schema))
    by_helm = refused_by_helm(helm, chart)
    assert refused_by_us(chart) == by_helm
    assert 20 < len(by_helm) < 120


def test_a_subchart_that_is_off_is_judged_as_in_helm(helm, tmp_path):
    listed = "dependencies:\n" + "".join(
        f"  - {{name: c{number}, version: 1.0.0, condition: c{number}.enabled}}\n" for number in range(2)
    )
    values = {"c0": {"enabled": False}}
    chart = write_chart(tmp_path / "umbrella", "umbrella", json.dumps(values), listed)
    for number in range(2):
        sub = write_chart(chart / "charts" / f"c{number}", f"c{number}", "a: 1\n")
        (sub / "values.schema.json").write_text(json.dumps({"properties": {"a": {"type": "string"}}}))
    assert refused_by_us(chart) == refused_by_helm(helm, chart) == {"c1"}


BAD_SCHEMAS: list[Any] = [
    {"$ref": "#/definitions/none"},
    {"$ref": "https://example.org/schema.json"},
    {"$ref": "file:///etc/passwd"},
    {"$ref": "other.json"},
    {"$ref": 5},
    {"type": "text"},
    {"properties": []},
    {"pattern": "("},
    {"properties": {"a": {"pattern": "("}}},
    {"minimum": "x"},
    {"required": "a"},
    {"$schema": "https://example.org/my-own-draft"},
]


@pytest.mark.parametrize("schema", BAD_SCHEMAS, ids=json.dumps)
def test_a_schema_that_helm_cannot_use_is_refused_too(helm, tmp_path, schema):
    """Only those of which Helm makes nothing; none reaches the network, which the tests do not have."""
    chart = write_chart(tmp_path / "chart", "c0", "a: 1\n")
    (chart / "values.schema.json").write_text(json.dumps(schema))
    done = subprocess.run([str(helm), "template", "r", str(chart)], capture_output=True, text=True, check=False)
    with pytest.raises(ValuesError, match=r"the values\.schema\.json of chart c0 cannot be used"):
        check_values(merge_layers([computed_layer({"a": 1})]), schema, chart="c0")
    assert done.returncode != 0
