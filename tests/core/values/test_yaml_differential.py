"""Our reading of YAML against the real helm binary: the same value, or we refuse."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubwright.core.errors import ValuesError
from hubwright.core.yaml_scalars import resolve_plain
from hubwright.core.yaml_source import Doubtful, dump_yaml, parse_yaml

pytestmark = pytest.mark.contract

BOUNDED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

WORDS = """
yes Yes YES no No NO on On ON off Off OFF y Y n N true True TRUE tRUE false null Null NULL nULL ~ 0 -0 +0 00 007 017
-017 08 09 0o17 0O17 0x1F 0X1F 0xG -0x1F 0b101 0b2 1_000 1__0 _1 1_ 1_000.5 0_7 1e3 1E3 1e+3 1e-3 40e9 1e400 1e-400
.5 5. +.5 -.5e1 . .. ... -.inf .inf .Inf .nan .NaN 1.2.3 1.10 v1.10 1:30 12:30:45 190:20:30 2001-12-14
2001-12-14T21:59:43Z 2001-12-14t21:59:43.10-05:00 9007199254740992 9007199254740993 18446744073709551615
99999999999999999999 123456789012345678901234567890 + - -- +1 1+ 0.1 00.1 -00.1 .1_0 ._1 0x 0b 0o 1e 1e+ e1 = << <
10G 512Mi 100m a-b a_b 1a a1 0.0 -0.0 1_0e3 1e1_0 +017 0x_1 0_x1 +0b1 -0o7 +0x1 0b_1 \u0661 ½ 0777 0.7.7 1,000 Infinity
NaN inf nan - .e5 .5e3 .1_0 .1_ ._0 .1_0e1_0 1.e3 1.5E+10 6.02e23 3.14159265358979323846
"""
CORPUS = WORDS.split()


def outcome(text: str, doubtful: Doubtful = "refuse") -> Any:
    try:
        return parse_yaml(text, source="values.yaml", doubtful=doubtful).value
    except ValuesError as error:
        return error


def compare_batch(scalars: list[str], read_with_helm: Any, doubtful: Doubtful = "refuse") -> int:
    """Compare all scalars that we accept, alone as a value and as a key, in one call of Helm."""
    accepted = [text for text in scalars if not isinstance(outcome(f"k: {text}", doubtful), ValuesError)]
    keys = [text for text in scalars if not isinstance(outcome(f"{text}: k", doubtful), ValuesError)]
    lines = [f"v{number}: {text}" for number, text in enumerate(accepted)]
    lines += [f"k{number}:\n  {text}: k" for number, text in enumerate(keys)]
    document = "\n".join(["kept: 1", *lines])
    assert as_floats(read_with_helm(document)) == as_floats(outcome(document, doubtful))
    return len(accepted)


def as_floats(value: Any) -> Any:
    """JSON has one kind of number; large ones are shown with the fewest digits that tell the float."""
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    return float(value) if type(value) is int else value


def test_the_corpus_of_known_traps_reads_as_in_helm(read_with_helm):
    assert compare_batch(CORPUS, read_with_helm) > 40


def every_short_scalar() -> list[str]:
    """Every text of up to three of the characters that numbers, words and signs are made of, and longer ones."""
    short = ["".join(text) for length in (1, 2, 3) for text in product("0179xoe._+-:~n", repeat=length)]
    dice = random.Random(5)
    alphabet = "0123456789abcdefoxyXEe+-._:~nNyYtTaAfF"
    return short + ["".join(dice.choices(alphabet, k=dice.randint(4, 24))) for _ in range(4000)]


@pytest.mark.parametrize("doubtful", ["refuse", "as-helm"])
def test_thousands_of_scalars_read_as_in_helm(read_with_helm, doubtful):
    assert compare_batch(every_short_scalar(), read_with_helm, doubtful) > 6000


def test_numbers_around_the_limits_of_helm_read_as_in_helm(read_with_helm):
    dice = random.Random(7)
    around = [2**power + step for power in (24, 31, 32, 53, 54, 62, 63, 64) for step in (-2, -1, 0, 1, 2)]
    scalars = [str(number) for number in (*around, *(-number for number in around))]
    scalars += [f"{dice.randint(0, 10**18)}.{dice.randint(0, 10**9)}e{dice.randint(-320, 300)}" for _ in range(300)]
    scalars += [f"{dice.randint(1, 999)}e{dice.randint(-30, 30)}" for _ in range(300)]
    scalars += [str(dice.randint(0, 10**length)) for length in range(10, 30) for _ in range(10)]
    assert compare_batch(scalars, read_with_helm) > 300


@pytest.mark.parametrize("scalar", [word for word in CORPUS if resolve_plain(word).doubt])
def test_every_doubtful_scalar_is_refused_with_the_way_out(scalar):
    error = outcome(f"a: {scalar}")
    assert isinstance(error, ValuesError)
    assert error.message.endswith(": quote it")


def test_what_is_taken_as_helm_takes_it_for_charts_that_are_not_ours(read_with_helm):
    texts = ["yes", "off", "017", "-017", "0o17", "0b101", "1_000", "0x_1F", "08", "1_0.5", "00.5", "y"]
    document = "\n".join(f"v{number}: {text}" for number, text in enumerate(texts))
    assert parse_yaml(document, source="v", doubtful="as-helm").value == read_with_helm(document)


DOCUMENTS = [
    "",
    "# nothing\n",
    "---\n",
    "---\na: 1\n...\n",
    "a: &x {b: 1, c: [1, 2]}\nd: *x\ne:\n  <<: *x\n  b: 2\n",
    "x: &x {a: 1}\ny: &y {a: 2, b: 3}\nz:\n  <<: [*x, *y]\n  c: 4\n",
    "x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n",
    "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, c: 3}\n",
    "x: &x {a: 1}\nz: {<<: *x, <<: *x}\n",
    "a: &v 5\nb: [*v, *v]\n",
    "a: &v yes it is\nb: *v\n*v : c\n",
    "a: 1\na: 2\n",
    "1: a\ntrue: b\n-5: c\n",
    "1.5: a\n",
    "null: a\n",
    "? [a, b]\n: c\n",
    "a: !!str 1\nb: !!int '2'\n",
    "a: !!str 1\nb: ! 2\n",
    "a: !!binary aGk=\n",
    "a: !mine 1\n",
    "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  q\n\n",
    "a: \"\\x41\\u00e9\\n\\/ \\e\"\nb: 'it''s'\n",
    "a: 'x\n  y'\nb: \"x\n  y\"\nc: x\n  y\n",
    "a:\n- 1\n- - 2\n  - 3\n- b: 4\n  c: 5\n",
    "a: [1, b: 2, {c}]\n",
    "a: {b, c: }\n",
    "a: x # comment\nb: x#y\nc: 'x # y'\n",
    "a: \tx\n",
    "a:\r\n  b: 1\r\n",
    "\ufeffa: 1\n",
    "a: http://x:80/y?z=1\n",
    "a: @x\n",
    "a: `x`\n",
    "a: %x\n",
    "a: - b\n",
    "a: b: c\n",
    "- 1\n",
    "5\n",
    "a: *x\n",
    "a: &x [*x]\n",
    "a: 1\n---\nb: 2\n",
    "%YAML 1.1\n---\na: yes\n",
    '{"a": {"b": [1, 2.5, true, null, "x"]}}\n',
    "a: é ü 日本 😀\n",
    "a: x\u0085y\n",
    "a: x\u2028y\n",
    "a: 'x\x7f'\n",
    "a: &x {b: 1}\nc: {<<: *x, d: 2}\n",
    "a: &x [1, 2]\nb: [*x, *x]\n",
    "base: &b\n  c: 1\nd:\n  <<: *b\n  <<: {e: 2}\n",
    "d:\n  <<: {e: 2}\n  e: 3\n",
    "d:\n  <<: [{e: 2}, {e: 3}]\n",
    '"<<": 1\nb: <<\n',
    "a: |2\n   x\n  y\nb: >+\n  x\n\n\nc: |-\n  x\n",
    "a: >\n  x\n\n   y\n  z\n",
    "a: 'x\n\n  y'\nb: x\n\n  y\n",
    "a: !!float 1\n",
    "a: !!bool yes\n",
    "a: !!null ''\n",
    "a: !!map {}\nb: !!seq []\n",
    "a: !!timestamp 2001-12-14\n",
    "a: 2001-12-14\nb: 2001-12-14 21:59:43\nc: 12:30\n",
    'a: "\\U0001F600\\t\\0\\N\\_\\L\\P\\ "\n',
    'a: "x \\\n  y"\n',
    "a: x\ty\nb: 'x\ty'\nc:\td\n",
    "a: 1 \t# c\n",
    "a:\n  - b\n\t- c\n",
    "a: [1, 2,]\nb: {c: 1,}\n",
    "a: [b:c, d: e]\nf: {g:h}\n",
    "a: {b: c, ? d : e}\n",
    "? a\n: b\n? c\n",
    "a: *x\nb: &x 1\n",
    "a: &x 1\nb: &x 2\nc: *x\n",
    "a: &x\nb: *x\n",
    "---\n---\na: 1\n",
    "a: 1\n---\n",
    "# c\n---\n# d\na: 1\n# e\n",
    "\ta: 1\n",
    "a: 'it''s \\n'\n",
    "null: 1\n~: 2\n",
    "? ''\n: 1\n",
    "'': 1\n",
    "0x1F: a\n1e3: b\n",
    "a.b: 1\n'a b': 2\n\"\\x41\": 3\n",
    "a: ''\nb: \"\"\nc:\n",
    "- a\n- b\n",
    "a: -\nb: - 1\n",
    "a: :\nb: ':'\nc: a:b\nd: ::\n",
    "a: #x\nb: x#\nc: # y\n  z\n",
    "a: ,\nb: x,y\nc: ]\n",
    "a: !\nb: ! x\nc: !<tag:yaml.org,2002:str> 1\n",
    "a: 😀\U0010ffff\n😀: b\n",
    "a: \ufeffx\n",
    "a: x\ufeff\n",
    "a: x\u00a0y\nb: \u00a0\n",
    "a: x\rb: y\r",
    "-9223372036854775808: a\n",
    "9223372036854775808: a\n",
    "a: 123456789012345678\nb: 1234567890123456789012\n",
]


def jsonable(value: Any) -> Any:
    return json.loads(json.dumps(value))


def check_against_helm(text: str, read_with_helm: Any) -> None:
    ours = outcome(text)
    if isinstance(ours, ValuesError) or not isinstance(ours, dict):
        return  # refused, or refused by load_layer because a values file must be a map
    assert read_with_helm(text) == jsonable(ours)


@pytest.mark.parametrize("text", DOCUMENTS)
def test_documents_read_as_in_helm_or_are_refused(text, read_with_helm):
    check_against_helm(text, read_with_helm)


PLAIN = st.sampled_from([*CORPUS, "text", "two words", '"q: 1"', "'s'", "[]", "{}"])
KEYS = st.sampled_from(["a", "b", "c", '"d e"', "1", "true", "~x"])


def block(value: Any, indent: int) -> str:
    """Write a generated structure as block YAML; leaves are raw scalars."""
    pad = "  " * indent
    if isinstance(value, dict):
        lines = [
            f"{pad}{key}: {item}" if isinstance(item, str) else f"{pad}{key}:\n{block(item, indent + 1)}"
            for key, item in value.items()
        ]
        return "\n".join(lines) or f"{pad}{{}}"
    lines = [f"{pad}- {item}" if isinstance(item, str) else f"{pad}-\n{block(item, indent + 1)}" for item in value]
    return "\n".join(lines) or f"{pad}[]"


STRUCTURES = st.recursive(
    PLAIN, lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(KEYS, STRUCTURES, max_size=4))
@BOUNDED
def test_generated_structures_read_as_in_helm(read_with_helm, structure):
    check_against_helm(block(structure, 0) if structure else "", read_with_helm)


TEXTS = st.text(st.sampled_from("ab \n\t#:-'\"\\[]{}&*!|>%@`,?~é😀01.ye"), max_size=14)


@given(st.lists(TEXTS | st.sampled_from(CORPUS), min_size=20, max_size=60))
@BOUNDED
def test_what_we_write_reads_the_same_in_helm(read_with_helm, texts):
    data = {f"k{number}": {text or "empty": text} for number, text in enumerate(texts)}
    assert read_with_helm(dump_yaml(data)) == data
