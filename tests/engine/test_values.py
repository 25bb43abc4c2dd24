"""Property values on the wire, their paths, differences and URNs."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from hubwright.core.errors import ConfigError, UnsupportedError
from hubwright.core.key_paths import parse_path
from hubwright.engine.graph import run_in_order
from hubwright.engine.marshal import properties_to_struct, struct_to_properties
from hubwright.engine.property_diff import compare_properties, mark_same_named_secrets
from hubwright.engine.property_paths import apply_ignored_changes, path_contains
from hubwright.engine.property_values import UNKNOWN, Archive, Asset, ResourceReference, Secret
from hubwright.engine.urn import default_provider_name, is_default_provider, make_urn, parse_urn, split_reference

leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()
special = st.builds(Secret, leaves) | st.just(UNKNOWN) | st.builds(ResourceReference, st.text(), st.text())
assets = st.builds(Asset, text=st.text(), hash=st.text()) | st.builds(Archive, path=st.text())
values = st.recursive(
    leaves | special | assets,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.builds(Secret, st.lists(inner)),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values))
def test_values_survive_the_wire(properties):
    assert struct_to_properties(properties_to_struct(properties)) == properties


def test_numbers_without_fraction_are_integers():
    struct = struct_pb2.Struct()
    struct.update({"three": 3.0, "half": 0.5, "yes": True, "huge": 1e300})
    kinds = {key: type(value) for key, value in struct_to_properties(struct).items()}
    assert kinds == {"three": int, "half": float, "yes": bool, "huge": float}


def test_an_unknown_signature_is_refused_by_name():
    struct = properties_to_struct({"x": {"4dabf18193072939515e22adb298388d": "dead"}})
    with pytest.raises(UnsupportedError, match="dead"):
        struct_to_properties(struct)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["b.c"]', ("a", "b.c")),
        ('["x"].y[*]', ("x", "y", "*")),
    ],
)
def test_paths_are_read_as_pulumi_writes_them(text, path):
    assert parse_path(text) == path


def test_a_wrong_path_is_refused():
    with pytest.raises(ConfigError, match=r"a\[b"):
        parse_path("a[b")


def test_a_path_contains_what_is_below_it():
    assert path_contains(("spec",), ("spec", "replicas"))
    assert path_contains(("spec", "*"), ("spec", 0, "name"))
    assert not path_contains(("spec", "replicas"), ("spec",))
    assert not path_contains(("spec",), ("status",))


@pytest.mark.parametrize(
    ("news", "olds", "ignored", "merged"),
    [
        ({"a": 1, "b": 2}, {"a": 9}, ["a"], {"a": 9, "b": 2}),
        ({"a": 1}, {}, ["a"], {}),
        ({}, {"a": 9}, ["a"], {"a": 9}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 9}}, ["a.b"], {"a": {"b": 9, "c": 2}}),
        ({"a": [1, 2]}, {"a": [8, 9, 10]}, ["a[1]", "a[2]"], {"a": [1, 9]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 9}]}, ["a[*].b"], {"a": [{"b": 9}]}),
        ({"a": Secret({"b": 1})}, {"a": {"b": 9}}, ["a.b"], {"a": Secret({"b": 9})}),
    ],
)
def test_ignored_paths_keep_the_old_value(news, olds, ignored, merged):
    assert apply_ignored_changes(news, olds, ignored)[0] == merged


def test_differences_are_leaves_with_secrets_hidden():
    old = {"a": {"b": 1, "gone": True}, "key": Secret("old"), "list": [1], "__internal": 1, "same": Secret("x")}
    new = {"a": {"b": UNKNOWN}, "key": Secret("new"), "list": [1, {"s": Secret("y")}], "same": "x"}
    shown = [(str(diff.kind), diff.path, diff.old, diff.new) for diff in compare_properties(old, new)]
    assert shown == [
        ("change", "a.b", 1, "(known after up)"),
        ("remove", "a.gone", True, None),
        ("change", "key", "[secret]", "[secret]"),
        ("add", "list[1]", None, "[secret]"),
    ]


def test_outputs_are_secret_where_the_inputs_of_the_same_path_are():
    inputs = {"a": {"b": Secret(1)}, "c": [Secret(2), 3]}
    outputs = {"a": {"b": 1, "d": 4}, "c": [2, 3, 5], "e": 6}
    marked = {"a": {"b": Secret(1), "d": 4}, "c": [Secret(2), 3, Secret(5)], "e": 6}
    assert mark_same_named_secrets(outputs, inputs) == marked


def test_urns_have_the_types_of_the_parents():
    stack = make_urn("dev", "proj", "", "pulumi:pulumi:Stack", "proj-dev")
    group = make_urn("dev", "proj", stack, "my:index:Group", "g")
    thing = make_urn("dev", "proj", group, "a:b:C", "with::colons")
    assert group == "urn:pulumi:dev::proj::my:index:Group::g"
    assert thing == "urn:pulumi:dev::proj::my:index:Group$a:b:C::with::colons"
    assert (parse_urn(thing).type, parse_urn(thing).name) == ("a:b:C", "with::colons")
    assert split_reference(f"{thing}::id") == (thing, "id")
    with pytest.raises(ValueError, match="not a resource URN"):
        parse_urn("urn:pulumi:dev::proj")


@pytest.mark.parametrize(
    ("version", "url", "name"),
    [
        ("5.5.3", "", "default_5_5_3"),
        ("2.22.0", "github://api.github.com/ovh/pulumi-ovh", "default_2_22_0_github_/api.github.com/ovh/pulumi-ovh"),
        ("", "", "default"),
    ],
)
def test_default_providers_are_named_as_pulumi_names_them(version, url, name):
    assert default_provider_name(version, url) == name
    assert is_default_provider(make_urn("dev", "proj", "", "pulumi:providers:x", name))


def test_a_failed_node_blocks_only_what_waits_for_it():
    done = []

    def work(node: str) -> bool:
        done.append(node)
        return node != "b"

    requirements = {"a": {"b", "c"}, "b": set(), "c": set(), "d": {"c"}}
    assert run_in_order(list(requirements), requirements, work, parallel=2) == ["a"]
    assert sorted(done) == ["b", "c", "d"]
