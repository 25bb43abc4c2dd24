from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hubwright.core import yaml_source
from hubwright.core.errors import ValuesError
from hubwright.core.yaml_source import decode_text, dump_yaml, load_yaml, parse_yaml

CHARTS_VALUES = Path(__file__).resolve().parents[3] / "charts-values"


def refusal(text: str) -> ValuesError:
    with pytest.raises(ValuesError) as caught:
        load_yaml(text, source="values.yaml")
    return caught.value


@pytest.mark.parametrize("scalar", ["yes", "no", "on", "off", "y", "N", "017", "0o17", "1_000", "0b1", "08", ".inf"])
def test_doubtful_scalars_are_refused_with_their_place(scalar):
    error = refusal(f"a:\n  b: 1\n  c: {scalar}\n")
    assert error.message.startswith(f"values.yaml:3:6: {scalar!r} is ")
    assert error.message.endswith("quote it")


@pytest.mark.parametrize("scalar", ["yes", "017", "2001-12-14", "1:30"])
def test_quoted_scalars_are_text(scalar):
    assert load_yaml(f"a: '{scalar}'\nb: \"{scalar}\"", source="v") == {"a": scalar, "b": scalar}


def test_numbers_dates_and_times_on_which_all_agree():
    text = "a: 40e9\nb: 0x1F\nc: 2001-12-14\nd: 12:30:45\ne: 1.10\nf: -0\ng: v1.10"
    expected = {"a": 40e9, "b": 31, "c": "2001-12-14", "d": "12:30:45", "e": 1.1, "f": 0, "g": "v1.10"}
    assert load_yaml(text, source="v") == expected


@pytest.mark.parametrize("text", ["", "\n", "# only words\n", "---\n", "\ufeff"])
def test_an_empty_document_is_an_empty_map(text):
    assert load_yaml(text, source="v") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "values.yaml:3:1: duplicate key 'a' (first on line 1)"),
        ("a: 1\n---\nb: 1\n", "values.yaml:2:1: a second document begins here"),
        ("a:\n\t- b\n", "values.yaml:2:1: not valid YAML: a tab in the indentation"),
        ("x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n", "values.yaml:4:3: the merge (<<) overwrites 'a' in Helm"),
        ("a: &x [*x]\n", "values.yaml:1:8: the alias *x has no finished anchor before it"),
        ("a: !mine 1\n", "values.yaml:1:4: the tag !mine is not supported"),
        ("1.5: a\n", "values.yaml:1:1: the key '1.5' is not text"),
        ("yes: a\n", "values.yaml:1:1: 'yes' is true to Helm and text to YAML 1.2: quote it"),
        ("a: 'x\u2028y'\n", "values.yaml:1: U+2028 ends a line to Helm and not to YAML 1.2"),
        ('b: 1\na: "x\\/y"\n', "values.yaml:2:4: Helm does not know the escape \\/"),
        (
            "a: 9007199254740993\n",
            "values.yaml:1:4: '9007199254740993' is too large for Helm, which rounds it: quote it",
        ),
    ],
)
def test_what_is_refused_says_where_and_why(text, message):
    assert refusal(text).message == message


def test_every_path_has_its_place():
    document = parse_yaml("a:\n  b: [1,\n    {c: 2}]\n", source="values.yaml")
    assert document.place(("a",)) == "values.yaml:1:1"
    assert document.place(("a", "b")) == "values.yaml:2:3"
    assert document.place(("a", "b", 1, "c")) == "values.yaml:3:6"
    assert document.place(("a", "b", 1, "unknown")) == "values.yaml:3:5"


def test_what_stands_behind_an_alias_or_a_merge_has_the_place_of_its_anchor():
    text = "a: &x\n  b: 1\n  c: {d: 2}\ne: *x\nf:\n  <<: [*x, {g: 3}]\n  b: 4\n"
    document = parse_yaml(text, source="v")
    assert document.place(("e",)) == "v:4:1"
    assert document.place(("e", "b")) == "v:2:3"
    assert document.place(("e", "c", "d")) == "v:3:7"
    assert document.place(("f", "c", "d")) == "v:3:7"
    assert document.place(("f", "g")) == "v:6:13"
    assert document.place(("f", "b")) == "v:7:3"
    assert not any("<<" in path for path in document.positions)


def every_path(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from every_path(item, (*path, key))


@pytest.mark.parametrize("file", ["jupyterhub/base", "binderhub/base", "traefik/base"])
def test_every_value_of_a_file_has_a_place_that_holds_its_key(file):
    text = (CHARTS_VALUES / f"{file}.yaml").read_text()
    document = parse_yaml(text, source="v")
    for path in every_path(document.value):
        line, column = document.positions[path]
        if path and isinstance(path[-1], str):
            assert text.splitlines()[line - 1][column - 1 :].startswith(path[-1])


BROKEN = [
    ("a: b: c\n", "1:5: not valid YAML: this `: ` belongs to no map"),
    ("a: @x\n", "1:4: not valid YAML: a value cannot begin with @"),
    ("a: [1, 2\nb: 3\n", "2:2: not valid YAML: the [ on line 1 is not closed before this"),
    ('a: "x\nb: 1\n', "1:4: not valid YAML: the quote that opens on line 1 is not closed"),
    ("a:\n  b: 1\n c: 2\n", "3:2: not valid YAML: this line does not fit the map that begins on line 1"),
    ("a: 1\nb\n", "2:2: not valid YAML: this is neither `key: value` nor an item of a list"),
    ("a: [\n\n", "1:5: not valid YAML: a value is missing here"),
    ("  a: 1\nb: 2", "2:1: not valid YAML: this does not belong to what stands above"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_broken_yaml_is_told_in_words(text, message):
    assert refusal(text).message == f"values.yaml:{message}"


@pytest.mark.parametrize("text", [text for text, _ in BROKEN])
def test_the_parser_in_python_refuses_the_same(text, monkeypatch):
    monkeypatch.setattr(yaml_source, "_PARSER", yaml.SafeLoader)
    assert "not valid YAML" in refusal(text).message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: \xe9\n", "v:2: the byte 0xE9 is not UTF-8 text"),
        ("a: 1\n".encode("utf-16"), "v:1: the file is UTF-16, not UTF-8"),
        (b"a: " + b"x" * 10_000_000, "v: 9.5 MiB are too many for a values file (at most 5 MiB)"),
    ],
)
def test_bytes_that_are_no_values_file(content, message):
    with pytest.raises(ValuesError) as caught:
        decode_text(content, source="v")
    assert caught.value.message == message


def test_too_many_values_are_refused():
    assert "more than 200000 values" in refusal("a: [" + "1," * 1_000_000 + "]").message


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(ValuesError):
        load_yaml(decode_text(content, source="v"), source="v")


def test_aliases_share_no_object():
    value = load_yaml("a: &x {b: []}\nc: *x\n", source="v")
    value["a"]["b"].append(1)
    assert value["c"] == {"b": []}


def test_an_alias_bomb_is_refused_quickly():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    begin = time.monotonic()
    assert "aliases expand to more than" in refusal("\n".join(lines)).message
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening):
    assert "nested deeper than" in refusal(opening * 1000).message


def test_windows_line_ends_and_a_byte_order_mark_are_fine():
    assert load_yaml('\ufeffa:\r\n  b: "1/2"\r\n', source="v") == {"a": {"b": "1/2"}}


@given(st.text(max_size=60) | st.text("abc01 \n\t:-[]{}&*!|>'\"%@`#,?<.~\\", max_size=80))
@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ValuesError):
        load_yaml(text, source="v")


WRITTEN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["yes", "017", "1_000", "null", "<<", ".inf", "", "12:30", "a: b", "# x"]),
    lambda inner: (
        st.dictionaries(st.text(max_size=6) | st.sampled_from(["on", "1", "<<"]), inner, max_size=3)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), WRITTEN, max_size=3))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_what_is_written_reads_back_the_same(data):
    assert load_yaml(dump_yaml(data), source="v") == data


def test_text_that_helm_would_misread_is_written_in_quotes():
    assert dump_yaml({"a": "yes", "b": "017", "c": "plain"}) == 'a: "yes"\nb: "017"\nc: plain\n'
