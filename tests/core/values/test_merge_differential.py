"""Our merge against the real helm binary: layers over a chart's defaults, subcharts and globals."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubwright.adapters.chart_packages import read_chart
from hubwright.core.values import computed_layer, merge_layers

from .conftest import HelmRefusedError, show_values, write_chart

pytestmark = pytest.mark.contract

BOUNDED = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEYS = st.sampled_from(["a", "b", "sub", "global", "enabled"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["x", "", []])
TREES = st.recursive(
    LEAVES | st.just({}),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)
TABLES = st.dictionaries(KEYS, TREES, max_size=3)
SUBCHART = {
    "sub": TABLES,
    "global": st.dictionaries(st.sampled_from(["a", "b"]), LEAVES | TABLES, max_size=2),
    "a": TREES,
    "b": TREES,
}
LAYERS = st.fixed_dictionaries({}, optional=SUBCHART)
LISTED = "dependencies:\n  - name: sub\n    version: 1.0.0\n    condition: sub.enabled\n"


def compare(helm: Path, folder: Path, chart: Path, layers: list[dict[str, Any]]) -> None:
    """Compare what the parent's and the subchart's templates see."""
    files = []
    for number, layer in enumerate(layers):
        files.append(folder / f"layer{number}.yaml")
        files[-1].write_text(json.dumps(layer))
    try:
        parent, below = show_values(helm, chart, files, "parent"), show_values(helm, chart, files, "sub")
    except HelmRefusedError:
        return  # a subchart's values that are no map
    merged = merge_layers([computed_layer(layer) for layer in layers], chart=read_chart(chart))
    assert merged.effective == parent
    enabled = merged.enabled_chart
    assert enabled is not None
    if below is None:
        assert not enabled.subcharts
    else:
        assert merged.effective["sub"] == below


def make_chart(folder: Path, defaults: Any, sub_defaults: Any, listed: str) -> Path:
    chart = write_chart(folder / "parent", "parent", json.dumps(defaults), listed)
    write_chart(chart / "charts" / "sub", "sub", json.dumps(sub_defaults))
    return chart


@pytest.mark.parametrize("listed", ["", LISTED], ids=["unlisted", "listed"])
@given(defaults=LAYERS, sub_defaults=TABLES, layers=st.lists(LAYERS, max_size=2))
@BOUNDED
def test_generated_layers_merge_as_in_helm(helm, tmp_path_factory, listed, defaults, sub_defaults, layers):
    folder = tmp_path_factory.mktemp("merge")
    compare(helm, folder, make_chart(folder, defaults, sub_defaults, listed), layers)


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]] = {
    "null deletes a default": ({"a": {"b": 1, "c": 2}}, {}, [{"a": {"b": None}}]),
    "null without a default stays": ({"a": {}}, {}, [{"a": {"b": None}, "z": None}]),
    "null deletes a subchart's default": ({}, {"a": 1, "b": {"c": 2}}, [{"sub": {"a": None, "b": {"c": None}}}]),
    "null over the parent's override of a subchart": ({"sub": {"a": 5}}, {"a": 1}, [{"sub": {"a": None}}]),
    "null in the parent's override of a subchart": ({"sub": {"a": None}}, {"a": 1}, []),
    "null in an earlier layer": ({"a": 1}, {}, [{"a": None}, {"a": {"b": 2}}]),
    "null in a later layer": ({"a": {"b": 1}}, {}, [{"a": {"b": 2}}, {"a": None}]),
    "lists replace": ({"a": [1, 2, 3]}, {}, [{"a": [4]}]),
    "a map over a scalar": ({"a": 1}, {}, [{"a": {"b": 2}}]),
    "a scalar over a map": ({"a": {"b": 2}}, {}, [{"a": 1}]),
    "globals go down": (
        {"global": {"a": {"b": 1}}},
        {"global": {"a": {"c": 2}}, "x": 1},
        [{"global": {"a": {"d": 3}}}],
    ),
    "null in globals": ({"global": {"a": {"b": 1}}}, {"global": {"a": {"b": 2}}}, [{"global": {"a": None}}]),
    "a subchart switched off": ({}, {"a": 1}, [{"sub": {"enabled": False}}]),
}


@pytest.mark.parametrize("listed", ["", LISTED], ids=["unlisted", "listed"])
@pytest.mark.parametrize("name", CASES)
def test_known_corners_merge_as_in_helm(helm, tmp_path, name, listed):
    defaults, sub_defaults, layers = CASES[name]
    compare(helm, tmp_path, make_chart(tmp_path, defaults, sub_defaults, listed), layers)


def test_imported_values_and_aliases_as_in_helm(helm, tmp_path):
    listed = (
        "dependencies:\n  - name: sub\n    version: 1.0.0\n    import-values: [data]\n"
        "  - name: sub\n    alias: other\n    version: 1.0.0\n    tags: [extra]\n"
    )
    chart = make_chart(tmp_path, {"kept": 1}, {"exports": {"data": {"port": 80}}, "a": 1}, listed)
    for layers in ([], [{"tags": {"extra": False}}], [{"port": 81, "other": {"a": None}}]):
        compare(helm, tmp_path, chart, layers)


CONDITIONS = st.sampled_from(
    ["", "    condition: sub.enabled\n", "    condition: a,sub.enabled\n", "    tags: [a, b]\n"]
)
IMPORTS = st.sampled_from(["", "    import-values: [data]\n", "    import-values: [{child: a, parent: b}]\n"])
ALIASES = st.sampled_from(["", "    alias: other\n"])
FAMILY = st.tuples(LAYERS, TABLES, CONDITIONS, IMPORTS, ALIASES)


@given(
    families=st.lists(FAMILY, min_size=10, max_size=25),
    layers=st.lists(st.dictionaries(st.integers(0, 24), LAYERS, max_size=12), max_size=3),
    umbrella=st.fixed_dictionaries({}, optional={"global": TABLES, "tags": st.just({"a": False})}),
    listed_too=st.booleans(),
)
@settings(BOUNDED, max_examples=16)
def test_many_charts_with_conditions_tags_imports_and_aliases_merge_as_in_helm(
    helm, tmp_path_factory, families, layers, umbrella, listed_too
):
    """Every family is a subchart of one umbrella, so that one run of Helm judges them all."""
    folder = tmp_path_factory.mktemp("families")
    entries = "".join(f"  - {{name: p{number}, version: 1.0.0}}\n" for number in range(len(families)))
    chart = write_chart(
        folder / "umbrella", "umbrella", json.dumps(umbrella), f"dependencies:\n{entries}" if listed_too else ""
    )
    for number, (defaults, sub_defaults, condition, imported, alias) in enumerate(families):
        listed = f"dependencies:\n  - name: sub\n    version: 1.0.0\n{condition}{imported}{alias}"
        parent = write_chart(chart / "charts" / f"p{number}", f"p{number}", json.dumps(defaults), listed)
        exports = {"exports": {"data": {"imported": number}}}
        write_chart(parent / "charts" / "sub", "sub", json.dumps({**sub_defaults, **exports}))
    given_layers = [{f"p{number}": values for number, values in layer.items()} for layer in layers]
    files = []
    for number, layer in enumerate(given_layers):
        files.append(folder / f"layer{number}.yaml")
        files[-1].write_text(json.dumps(layer))
    definition = read_chart(chart)
    before = copy.deepcopy(definition)
    try:
        seen = show_values(helm, chart, files, "umbrella")
    except HelmRefusedError:
        return  # some subchart's values are no map
    merged = merge_layers([computed_layer(layer) for layer in given_layers], chart=definition)
    assert merged.effective == seen
    assert definition == before, "the chart's own values were changed"
