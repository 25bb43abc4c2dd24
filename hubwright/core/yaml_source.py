"""YAML as Helm reads it, with the line and column of every value.

One module reads all YAML of the product. It builds on the events of libyaml, of which Helm's parser is a Go port; what
a scalar means is told by `hubwright.core.yaml_scalars`. Where Helm and YAML 1.2 differ (`yes`, `017`, `1_000`, a
duplicate key), the text is refused with its place and "quote it", so that nobody's file means two things. Chart
defaults, which are not ours to change, are read with ``doubtful="as-helm"`` instead.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, NamedTuple, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

from hubwright.core.errors import ValuesError
from hubwright.core.key_paths import Path
from hubwright.core.yaml_problems import describe_problem
from hubwright.core.yaml_scalars import PlainScalar, resolve_plain

__all__ = ["MAX_BYTES", "Path", "Position", "YamlDocument", "decode_text", "dump_yaml", "load_yaml", "parse_yaml"]

Doubtful = Literal["refuse", "as-helm"]

MAX_DEPTH = 100
MAX_VALUES = 200_000
MAX_ALIASED_VALUES = 100_000
MAX_BYTES = 5 * 1024 * 1024
"""Helm's own limit on one file of a chart."""

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, or the same parser in Python where PyYAML was built without it."""
_SMALLEST_WIDE_KEY = 2**63
_MERGE = object()
_STRING_TAG = "tag:yaml.org,2002:str"
_STRUCTURE_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"})
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LINE_BREAKS_OF_YAML_1_1 = re.compile("[\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Position(NamedTuple):
    """Where a value's key (or, in a list, the value) stands; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class YamlDocument:
    """A document's plain `value` and the place of each key path in it; below an alias, the place in its anchor."""

    value: Any
    source: str
    positions: Mapping[Path, Position] = field(repr=False)

    def place(self, path: Path) -> str:
        """``file:line:column`` of a path, or of its nearest ancestor that has one."""
        for length in range(len(path), -1, -1):
            if position := self.positions.get(path[:length]):
                return f"{self.source}:{position.line}:{position.column}"
        return self.source


def decode_text(content: bytes, *, source: str) -> str:
    """Decode a file; raises ValuesError, with the line, for one that is too large or not UTF-8."""
    if len(content) > MAX_BYTES:
        raise ValuesError(f"{source}: {_mebibytes(len(content))} are too many for a values file (at most 5 MiB)")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"the byte 0x{content[error.start]:02X} is not UTF-8 text"
        what = "the file is UTF-16, not UTF-8" if content.startswith(_WIDE_MARKS) else byte
        raise ValuesError(f"{source}:{line}: {what}", hint="save the file as UTF-8") from error


def load_yaml(text: str, *, source: str) -> Any:
    """Read one document as Helm does; an empty one is ``{}``.

    Raises ValuesError with ``source:line:column`` for broken, duplicate, doubtful or unsupported YAML.
    """
    return parse_yaml(text, source=source).value


def parse_yaml(text: str, *, source: str, doubtful: Doubtful = "refuse") -> YamlDocument:
    """Read one document as Helm does, keeping the place of each key path; raises as `load_yaml`."""
    text = text.removeprefix("\ufeff")
    reader = _Reader(text, source, doubtful)
    reader.check_text()
    try:
        value = reader.read_stream(yaml.parse(text, Loader=_PARSER))
    except yaml.MarkedYAMLError as error:
        found = describe_problem(error, text)
        place = f"{source}:{found.line}:{found.column}" if found.line else source
        raise ValuesError(f"{place}: not valid YAML: {found.message}", hint=found.hint) from error
    except ReaderError as error:
        raise _unreadable_character(text, source, error) from error
    return YamlDocument(value, source, reader.positions)


def _unreadable_character(text: str, source: str, error: ReaderError) -> ValuesError:
    character = error.character if isinstance(error.character, str) else chr(error.character)
    line = text.count("\n", 0, max(text.find(character), 0)) + 1
    return ValuesError(f"{source}:{line}: the character U+{ord(character[:1]):04X} is not allowed in YAML")


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024 / 1024:.1f} MiB"


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished anchored value with its size, which an alias counts again, and the places inside it."""

    value: Any
    size: int
    depth: int
    places: list[tuple[Path, Position]]


class _Reader:
    """Builds plain values from parser events; one instance reads one text."""

    def __init__(self, text: str, source: str, doubtful: Doubtful) -> None:
        self.positions: dict[Path, Position] = {}
        self._text = text
        self._source = source
        self._doubtful = doubtful
        self._anchors: dict[str, _Anchored] = {}
        self._size = 0
        self._deepest = 0
        self._aliased_size = 0

    def check_text(self) -> None:
        """Refuse text that is too long, or on whose characters readers differ."""
        text = self._text
        if len(text) > MAX_BYTES:
            raise ValuesError(f"{self._source}: {_mebibytes(len(text))} are too many for a values file (at most 5 MiB)")
        if found := _LINE_BREAKS_OF_YAML_1_1.search(text):
            raise ValuesError(
                f"{self._source}:{self._line_at(found)}: U+{ord(found[0]):04X} ends a line to Helm and not to YAML 1.2",
                hint=f'write it as "\\u{ord(found[0]):04x}" between double quotes',
            )
        if found := _SURROGATE.search(text):
            line = self._line_at(found)
            raise ValuesError(f"{self._source}:{line}: the character U+{ord(found[0]):04X} is not allowed in YAML")

    def _line_at(self, found: re.Match[str]) -> int:
        return self._text.count("\n", 0, found.start()) + 1

    def read_stream(self, events: Iterator[Any]) -> Any:
        """Read the only document of the stream."""
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document begins here", "keep one document in a values file")
                if event.version is not None or event.tags:
                    self._refuse(event, "YAML directives are not supported", "remove the line that starts with %")
                value = self._read_node(next(events), events, (), None)
            elif not isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                self._refuse(event, "unexpected content", None)
        return {} if value is None else value

    def _read_node(self, event: Any, events: Iterator[Any], path: Path, place: Position | None) -> Any:
        """Read the value that begins with `event`; `place` is that of its key."""
        self._size += 1
        depth = len(path)
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", None)
        if self._size > MAX_VALUES:
            self._refuse(event, f"more than {MAX_VALUES} values", "split the file")
        self.positions[path] = place or _position(event)
        kind = type(event)
        if kind is AliasEvent:
            return self._read_alias(event, path)
        anchor = event.anchor
        if anchor is None:
            self._deepest = max(self._deepest, depth)
            return self._read_content(event, kind, events, path)
        return self._read_anchored(anchor, event, events, path)

    def _read_anchored(self, anchor: str, event: Any, events: Iterator[Any], path: Path) -> Any:
        size_before, deepest_before = self._size, self._deepest
        places_before = len(self.positions)
        self._deepest = len(path)
        value = self._read_content(event, type(event), events, path)
        below = len(path)
        places = [(known[below:], at) for known, at in _from(self.positions, places_before) if known[:below] == path]
        self._anchors[anchor] = _Anchored(value, self._size - size_before + 1, self._deepest - below, places)
        self._deepest = max(self._deepest, deepest_before)
        return value

    def _read_content(self, event: Any, kind: type, events: Iterator[Any], path: Path) -> Any:
        if kind is ScalarEvent:
            return self._read_scalar(event)
        if event.tag is not None and event.tag not in _STRUCTURE_TAGS:
            self._refuse(event, f"the tag {event.tag} is not supported", "remove the tag")
        if kind is MappingStartEvent:
            return self._read_mapping(events, path)
        assert kind is SequenceStartEvent
        return self._read_sequence(events, path)

    def _read_alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self._anchors:
            self._refuse(event, f"the alias *{event.anchor} has no finished anchor before it", None)
        anchored = self._anchors[event.anchor]
        self._aliased_size += anchored.size
        self._size += anchored.size
        if self._aliased_size > MAX_ALIASED_VALUES:
            self._refuse(event, f"aliases expand to more than {MAX_ALIASED_VALUES} values", "write the values out")
        if len(path) + anchored.depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", None)
        self._deepest = max(self._deepest, len(path) + anchored.depth)
        for below, place in anchored.places:
            self.positions[(*path, *below)] = place
        return _copy(anchored.value)

    def _read_sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if type(event) is SequenceEndEvent:
                break
            items.append(self._read_node(event, events, (*path, len(items)), None))
        return items

    def _read_mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        merged: set[str] = set()
        for event in events:
            if type(event) is MappingEndEvent:
                break
            key = self._read_key(event)
            if key is _MERGE:
                self._merge(event, events, path, mapping, merged)
                continue
            assert isinstance(key, str)
            below = (*path, key)
            if key in mapping and key not in merged and self._doubtful == "refuse":
                first = self.positions[below]
                self._refuse(event, f"duplicate key {key!r} (first on line {first.line})", "keep one of them")
            merged.discard(key)
            mapping[key] = self._read_node(next(events), events, below, _position(event))
        return mapping

    def _merge(self, event: Any, events: Iterator[Any], path: Path, mapping: dict[str, Any], merged: set[str]) -> None:
        """Apply ``<<``: Helm overwrites keys written before it, which YAML forbids, so those are refused."""
        sign = (*path, "<<")
        places_before = len(self.positions)
        value = self._read_node(next(events), events, sign, None)
        places = _from(self.positions, places_before)
        for known, _ in places:
            del self.positions[known]
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._refuse(event, "a merge (<<) takes a map or a list of maps", None)
        for index, source in reversed(list(enumerate(sources))):
            if self._doubtful == "refuse" and (clash := sorted(set(source) & (set(mapping) - merged))):
                self._refuse(event, f"the merge (<<) overwrites {clash[0]!r} in Helm", "write << before other keys")
            mapping.update(source)
            merged.update(source)
            start = (*sign, index) if isinstance(value, list) else sign
            for known, place in places:
                if known[: len(start)] == start and len(known) > len(start):
                    self.positions[(*path, *known[len(start) :])] = place

    def _read_key(self, event: Any) -> object:
        if type(event) is not ScalarEvent:
            self._refuse(event, "a key must be plain text", None)
        if event.anchor is not None:
            self._refuse(event, "an anchor on a key is not supported", "write the key out")
        if event.value == "<<" and _is_plain(event):
            return _MERGE
        value = self._read_scalar(event)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int) and abs(value) < _SMALLEST_WIDE_KEY:
            return str(value)
        return self._refuse(event, f"the key {event.value!r} is not text", "quote it")

    def _read_scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag is not None:
            if event.tag in {_STRING_TAG, "!"}:
                return text
            self._refuse(event, f"the tag {event.tag} is not supported", "remove the tag, or quote the value")
        if event.style:
            if event.style == '"':
                self._check_escapes(event)
            return text
        scalar = resolve_plain(text)
        if scalar.doubt and self._doubtful == "refuse":
            self._refuse(event, f"{text!r} {scalar.doubt}: quote it", _way_out(text, scalar))
        return scalar.value

    def _check_escapes(self, event: Any) -> None:
        """Refuse the one escape of YAML 1.2 that Helm's parser does not know."""
        written = self._text[event.start_mark.index : event.end_mark.index]
        if "\\/" in written and "/" in _ESCAPE.findall(written):
            self._refuse(event, "Helm does not know the escape \\/", "write / alone")

    def _refuse(self, event: Any, problem: str, hint: str | None) -> NoReturn:
        position = _position(event)
        raise ValuesError(f"{self._source}:{position.line}:{position.column}: {problem}", hint=hint)


def _way_out(text: str, scalar: PlainScalar) -> str:
    quoted = f'"{text}" for text'
    is_exact = not isinstance(scalar.value, str) and "rounds" not in (scalar.doubt or "")
    return f"write {json.dumps(scalar.value)}, or {quoted}" if is_exact else f"write {quoted}"


def _position(event: Any) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _is_plain(event: Any) -> bool:
    return not event.style and event.tag is None


def _from(positions: dict[Path, Position], first: int) -> list[tuple[Path, Position]]:
    """The places noted since there were `first` of them, in the order of the text."""
    newest = list(islice(reversed(positions.items()), len(positions) - first))
    return newest[::-1]


def _copy(value: Any) -> Any:
    """Copy maps and lists, so that what two aliases share is never changed through one of them."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def dump_yaml(data: Any) -> str:
    """Write plain data as a YAML document, for people to read and Helm to read back."""
    stream = io.StringIO()
    yaml.dump(data, stream, Dumper=_Writer, default_flow_style=False, sort_keys=False, allow_unicode=True, width=120)
    return stream.getvalue()


class _Writer(yaml.SafeDumper):
    """Quotes every text that Helm, or YAML 1.2, would read back as something else; shared parts are written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(writer: _Writer, text: str) -> yaml.Node:
    scalar = resolve_plain(text)
    if "\n" in text.rstrip("\n"):
        return writer.represent_scalar(_STRING_TAG, text, style="|")
    quoted = scalar.value != text or scalar.doubt or _LINE_BREAKS_OF_YAML_1_1.search(text)
    return writer.represent_scalar(_STRING_TAG, text, style='"' if quoted else None)


_Writer.add_representer(str, _represent_text)
