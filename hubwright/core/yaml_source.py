"""YAML as Helm reads it, with the line and column of every value.

One module reads all YAML of the product. Where Helm's parser and YAML 1.2 differ (`yes`, `017`, `1_000`, a duplicate
key), the text is refused with its place and "quote it", so that nobody's file means two things. Chart defaults, which
are not ours to change, are read with ``doubtful="as-helm"`` instead.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.representer import SafeRepresenter

from hubwright.core.errors import ValuesError
from hubwright.core.yaml_scalars import resolve_plain

Path = tuple[str | int, ...]
"""Keys and list indexes from the root to a value."""

Doubtful = Literal["refuse", "as-helm"]

MAX_DEPTH = 100
MAX_ALIASED_NODES = 100_000
MAX_CHARACTERS = 12_000_000

_MERGE = object()
_STRING_TAG = "tag:yaml.org,2002:str"
_STRUCTURE_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"})
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LINE_BREAKS_OF_YAML_1_1 = ("\x85", "\u2028", "\u2029")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value's key (or, in a list, the value) stands; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class YamlDocument:
    """A document's plain `value` and the place of each key path in it."""

    value: Any
    source: str
    positions: Mapping[Path, Position] = field(repr=False)

    def place(self, path: Path) -> str:
        """``file:line:column`` of a path, or of its nearest ancestor that has one."""
        for length in range(len(path), -1, -1):
            if position := self.positions.get(path[:length]):
                return f"{self.source}:{position.line}:{position.column}"
        return self.source


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
        value = reader.read_stream(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        raise ValuesError(f"{place}: not valid YAML: {error.problem or error.context}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ValuesError(f"{source}:{line}: the character {error.character!r} is not allowed in YAML") from error
    except (YAMLError, ValueError, IndexError) as error:
        raise ValuesError(f"{source}: not valid YAML: {type(error).__name__}") from error
    return YamlDocument(value, source, reader.positions)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished anchored value with its size, which an alias counts again, and the places inside it."""

    value: Any
    nodes: int
    depth: int


class _Reader:
    """Builds plain values from parser events; one instance reads one text."""

    def __init__(self, text: str, source: str, doubtful: Doubtful) -> None:
        self.positions: dict[Path, Position] = {}
        self._text = text
        self._source = source
        self._doubtful = doubtful
        self._anchors: dict[str, _Anchored] = {}
        self._nodes = 0
        self._deepest = 0
        self._aliased_nodes = 0

    def check_text(self) -> None:
        """Refuse text that is too long, or on whose line breaks readers differ."""
        text = self._text
        if len(text) > MAX_CHARACTERS:
            raise ValuesError(f"{self._source}: {len(text)} characters are too many (limit {MAX_CHARACTERS})")
        for character in _LINE_BREAKS_OF_YAML_1_1:
            if (at := text.find(character)) >= 0:
                line = text.count("\n", 0, at) + 1
                raise ValuesError(
                    f"{self._source}:{line}: U+{ord(character):04X} ends a line to Helm and not to YAML 1.2",
                    hint=f'write it as "\\u{ord(character):04x}" between double quotes',
                )

    def read_stream(self, events: Iterator[Event]) -> Any:
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
                value = self._read_node(next(events), events, ())
            elif not isinstance(event, StreamStartEvent | StreamEndEvent) and "Document" not in type(event).__name__:
                self._refuse(event, "unexpected content", None)
        return {} if value is None else value

    def _read_node(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self._nodes += 1
        self._deepest = max(self._deepest, len(path))
        if len(path) > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", None)
        self.positions.setdefault(path, _position(event))
        if isinstance(event, AliasEvent):
            return self._read_alias(event, path)
        first_node, deepest_before = self._nodes, self._deepest
        self._deepest = len(path)
        value = self._read_content(event, events, path)
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = _Anchored(value, self._nodes - first_node + 1, self._deepest - len(path))
        self._deepest = max(self._deepest, deepest_before)
        return value

    def _read_content(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        if isinstance(event, ScalarEvent):
            return self._read_scalar(event)
        tag = _tag(event)
        if tag is not None and tag not in _STRUCTURE_TAGS:
            self._refuse(event, f"the tag {tag} is not supported", "remove the tag")
        if isinstance(event, MappingStartEvent):
            return self._read_mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._read_sequence(events, path)
        return self._refuse(event, "unexpected content", None)

    def _read_alias(self, event: AliasEvent, path: Path) -> Any:
        if event.anchor not in self._anchors:
            self._refuse(event, f"the alias *{event.anchor} has no finished anchor before it", None)
        anchored = self._anchors[event.anchor]
        self._aliased_nodes += anchored.nodes
        self._nodes += anchored.nodes
        if self._aliased_nodes > MAX_ALIASED_NODES:
            self._refuse(event, f"aliases expand to more than {MAX_ALIASED_NODES} values", "write the values out")
        if len(path) + anchored.depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", None)
        self._deepest = max(self._deepest, len(path) + anchored.depth)
        return _copy(anchored.value)

    def _read_sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._read_node(event, events, (*path, len(items))))
        return items

    def _read_mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        merged: set[str] = set()
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._read_key(event)
            if key is _MERGE:
                self._merge(event, self._read_node(next(events), events, (*path, "<<")), mapping, merged)
                continue
            assert isinstance(key, str)
            if key in mapping and key not in merged and self._doubtful == "refuse":
                first = self.positions[(*path, key)]
                self._refuse(event, f"duplicate key {key!r} (first on line {first.line})", "keep one of them")
            merged.discard(key)
            self.positions[(*path, key)] = _position(event)
            mapping[key] = self._read_node(next(events), events, (*path, key))
        return mapping

    def _merge(self, event: Event, value: Any, mapping: dict[str, Any], merged: set[str]) -> None:
        """Apply ``<<``: Helm overwrites keys written before it, which YAML forbids, so those are refused."""
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._refuse(event, "a merge (<<) takes a map or a list of maps", None)
        for source in reversed(sources):
            if self._doubtful == "refuse" and (clash := sorted(set(source) & (set(mapping) - merged))):
                self._refuse(event, f"the merge (<<) overwrites {clash[0]!r} in Helm", "write << before other keys")
            mapping.update(source)
            merged.update(source)

    def _read_key(self, event: Event) -> object:
        if not isinstance(event, ScalarEvent):
            self._refuse(event, "a key must be plain text", None)
        if _is_plain(event) and event.value == "<<":
            return _MERGE
        value = self._read_scalar(event)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        return self._refuse(event, f"the key {event.value!r} is not text", "quote it")

    def _read_scalar(self, event: ScalarEvent) -> Any:
        tag = _tag(event)
        if tag in {_STRING_TAG, "!"}:
            return event.value
        if tag is not None:
            self._refuse(event, f"the tag {tag} is not supported", "remove the tag, or quote the value")
        if not _is_plain(event):
            self._check_escapes(event)
            return event.value
        scalar = resolve_plain(event.value)
        if scalar.doubt and self._doubtful == "refuse":
            self._refuse(event, f"{event.value!r} {scalar.doubt}: quote it", f'write "{event.value}" for text')
        return scalar.value

    def _check_escapes(self, event: ScalarEvent) -> None:
        """Refuse the one escape of YAML 1.2 that Helm's parser does not know."""
        if event.style == '"' and "/" in _ESCAPE.findall(self._text[event.start_mark.index : event.end_mark.index]):
            self._refuse(event, "Helm does not know the escape \\/", "write / alone")

    def _refuse(self, event: Event, problem: str, hint: str | None) -> NoReturn:
        position = _position(event)
        raise ValuesError(f"{self._source}:{position.line}:{position.column}: {problem}", hint=hint)


def _position(event: Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _tag(event: Event) -> str | None:
    tag = getattr(event, "tag", None)
    return None if tag is None else str(tag)


def _is_plain(event: ScalarEvent) -> bool:
    return event.style in {None, ""} and _tag(event) is None


def _copy(value: Any) -> Any:
    """Copy maps and lists, so that what two aliases share is never changed through one of them."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


class _HelmRepresenter(SafeRepresenter):
    """Quotes every text that Helm, or YAML 1.2, would read back as something else."""


def _represent_text(representer: SafeRepresenter, text: str) -> Any:
    scalar = resolve_plain(text)
    quoted = scalar.value != text or scalar.doubt or any(c in text for c in _LINE_BREAKS_OF_YAML_1_1)
    return representer.represent_scalar(_STRING_TAG, text, style='"' if quoted else None)


_HelmRepresenter.add_representer(str, _represent_text)


def dump_yaml(data: Any) -> str:
    """Write plain data as a YAML document, for people to read and Helm to read back."""
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _HelmRepresenter
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.dump(data, stream)
    return stream.getvalue()
