from __future__ import annotations

import pytest

from hubwright.core.charts import Chart, layer_files
from hubwright.core.errors import ValuesError
from hubwright.core.nearest import nearest_name
from hubwright.core.values import StandIn, computed_layer, load_layer, merge_layers

BASE = load_layer("a:\n  b: 1\n  c: [1, 2]\nd: x\n", name="base", source="base.yaml")
CLOUD = load_layer("a:\n  b: 2\nd: null\n", name="cloud", source="cloud.yaml")
COMPUTED = computed_layer({"e": StandIn("string", "the token", secret=True)})
CHART = Chart("hub", "1.0.0", {"d": "default", "f": {"g": 1}}, None, (Chart("sub", "1", {"h": 1}),))


def test_the_last_layer_wins_and_lists_replace():
    merged = merge_layers([BASE, CLOUD, computed_layer({"a": {"c": [3]}})])
    assert merged.values == {"a": {"b": 2, "c": [3]}, "d": None}


def test_origins_name_file_and_line():
    merged = merge_layers([BASE, CLOUD, COMPUTED], chart=CHART)
    assert merged.origin(("a", "b")) == "cloud.yaml:2"
    assert merged.origin(("a", "c")) == "base.yaml:3"
    assert merged.origin(("a", "c", 1)) == "base.yaml:3"
    assert merged.origin(("e",)) == "computed"
    assert merged.origin(("f", "g")) == "default of chart hub 1.0.0"
    assert merged.origin(("sub", "h")) == "default of chart sub 1"
    assert merged.origin(("a", "unknown")) == "cloud.yaml:1"


def test_the_history_lists_every_layer_that_sets_a_value():
    merged = merge_layers([BASE, CLOUD], chart=CHART)
    assert [(s.layer, s.value) for s in merged.history(("d",))] == [
        ("default of chart hub 1.0.0", "default"),
        ("base", "x"),
        ("cloud", None),
    ]


def test_a_layer_that_replaces_a_map_ends_the_history_below_it():
    merged = merge_layers([BASE, computed_layer({"a": 5}), computed_layer({"a": {"z": 1}})])
    assert merged.history(("a", "b")) == ()
    assert merged.values["a"] == {"z": 1}


def test_null_deletes_a_default_but_goes_to_helm():
    merged = merge_layers([CLOUD], chart=CHART)
    assert merged.values["d"] is None
    assert "d" not in merged.effective


def test_merging_changes_no_layer():
    before = {"a": {"b": 1, "c": [1, 2]}, "d": "x"}
    merge_layers([BASE, CLOUD], chart=CHART).values["a"]["c"] = []
    assert BASE.values == before
    assert CHART.values == {"d": "default", "f": {"g": 1}}


def test_a_global_of_a_subchart_comes_from_its_parent():
    merged = merge_layers([load_layer("global:\n  x: 1\n", name="base", source="base.yaml")], chart=CHART)
    assert merged.effective["sub"]["global"] == {"x": 1}
    assert merged.origin(("sub", "global", "x")) == "base.yaml:2"


def test_leaves_are_every_value_with_its_path():
    merged = merge_layers([BASE])
    assert dict(merged.leaves()) == {("a", "b"): 1, ("a", "c"): [1, 2], ("d",): "x"}


def test_a_values_file_must_be_a_map():
    with pytest.raises(ValuesError, match="values must be a map"):
        load_layer("- a\n", name="base", source="base.yaml")


def test_the_layers_of_a_stack_are_base_cloud_and_its_own():
    files = layer_files("binderhub", "ovh", "local")
    assert [(file.path, file.required) for file in files] == [
        ("charts-values/binderhub/base.yaml", True),
        ("charts-values/binderhub/ovh.yaml", False),
        ("charts-values/binderhub/local.yaml", False),
    ]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("nodeSelectr", "nodeSelector"), ("node_selector", "nodeSelector"), ("toleratoins", "tolerations"), ("x", None)],
)
def test_the_nearest_name_is_what_was_meant(wrong, right):
    assert nearest_name(wrong, ["nodeSelector", "tolerations", "resources"]) == right
