"""What a chart's ``values.schema.json`` says: about one key, and what has changed from one version to the next. Pure.

A subchart's schema counts below its key, as Helm applies it. Only local references (``#/…``) are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hubwright.core.charts import Chart
from hubwright.core.diff import ABSENT, PropertyDiff, changed_leaves, make_diff
from hubwright.core.errors import UsageError
from hubwright.core.key_paths import Path, format_path
from hubwright.core.nearest import nearest_name
from hubwright.core.schema_lookup import description_of, follow_reference

_DEEPEST: Final = 30
_MOST_KEYS: Final = 20_000
_ANY_KEY: Final = "*"
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_SHOWN_KEYS: Final = 8

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """One key: its schema, its types in words, its description, its default, and the keys below it."""

    path: Path
    schema: Schema = field(repr=False)
    types: str
    description: str | None
    default: Any
    keys: Sequence[str]


def find_schema_key(chart: Chart, path: Path) -> SchemaKey:
    """Return what the chart says about a key; the root for an empty path.

    Raises UsageError for a key that the chart does not know, naming the nearest one that it does.
    """
    node = _Node(chart, chart.schema or {}, chart.schema or {}, chart.values)
    for depth, step in enumerate(path):
        children = dict(node.children())
        key = _ANY_KEY if isinstance(step, int) else step
        found = children.get(key) or children.get(_ANY_KEY)
        if found is None:
            near = nearest_name(str(step), children)
            known = ", ".join(list(children)[:_SHOWN_KEYS]) or "none"
            raise UsageError(
                f"the chart {chart.name} {chart.version} knows no key {format_path(path[: depth + 1])}",
                hint=f"did you mean {format_path((*path[:depth], near))}?" if near else f"it knows {known}",
            )
        node = found.with_default(step)
    return SchemaKey(
        path,
        node.schema,
        node.types,
        node.description,
        None if node.default is ABSENT else node.default,
        [name for name, _ in node.children()],
    )


def diff_schemas(old: Chart, new: Chart) -> list[PropertyDiff]:
    """List the keys that the new chart's schema adds, removes or gives other types; `old` and `new` are the types.

    Of a whole tree that came or went, only its top is listed.
    """
    before, after = _types_by_path(old), _types_by_path(new)
    changes = []
    for path in sorted({*before, *after}, key=lambda path: [str(step) for step in path]):
        was, now = before.get(path, ABSENT), after.get(path, ABSENT)
        came_with_parent = path[:-1] not in (before if was is ABSENT else after)
        if path and was != now and not ((was is ABSENT or now is ABSENT) and came_with_parent):
            changes.append(make_diff(path, was, now))
    return changes


def diff_defaults(old: Chart, new: Chart) -> list[PropertyDiff]:
    """List the default values that differ between two versions of a chart, subcharts included."""
    leaves = changed_leaves(_defaults(old), _defaults(new), is_leaf=lambda value: isinstance(value, list))
    return [make_diff(path, before, after) for path, before, after in leaves]


def _defaults(chart: Chart) -> dict[str, Any]:
    values = dict(chart.values)
    for sub in chart.subcharts:
        own = values.get(sub.name)
        values[sub.name] = _below(_defaults(sub), own if isinstance(own, dict) else {})
    return values


def _below(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _below(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _types_by_path(chart: Chart) -> dict[Path, str]:
    found: dict[Path, str] = {}
    waiting: list[tuple[Path, _Node]] = [((), _Node(chart, chart.schema or {}, chart.schema or {}, {}))]
    while waiting and len(found) < _MOST_KEYS:
        path, node = waiting.pop()
        found[path] = node.types
        if len(path) < _DEEPEST:
            waiting += [((*path, name), child) for name, child in node.children(from_defaults=False)]
    return found


@dataclass(frozen=True)
class _Node:
    """A place in a schema; `chart` is set where a chart's own schema begins, so that its subcharts are below."""

    chart: Chart | None
    root: Schema
    given: Any
    default: Any = ABSENT
    seen: frozenset[str] = frozenset()

    @property
    def schema(self) -> Schema:
        return _follow(self.root, self.given)

    @property
    def types(self) -> str:
        names = sorted(_types(self.root, self.given), key=lambda name: (name == "null", name))
        return " or ".join(names) or "anything"

    @property
    def description(self) -> str | None:
        return description_of(self.schema)

    def with_default(self, step: str | int) -> _Node:
        """The node of a map's any key or a list's item has no default of its own."""
        return _Node(self.chart, self.root, self.given, ABSENT if isinstance(step, int) else self.default, self.seen)

    def children(self, *, from_defaults: bool = True) -> Iterator[tuple[str, _Node]]:
        """The keys below, ``*`` for any other key and for a list's items; a reference is followed once on a path."""
        reference = self.given.get("$ref") if isinstance(self.given, Mapping) else None
        if not isinstance(reference, str):
            reference = None
        if reference in self.seen:
            return
        seen = self.seen | {reference} if reference else self.seen
        named: dict[str, _Node] = {}
        for schema in _alternatives(self.root, self.given):
            for name, child in _members(schema):
                named.setdefault(name, _Node(None, self.root, child, self._default_of(name), seen))
        for sub in self.chart.subcharts if self.chart else ():
            named[sub.name] = _Node(sub, sub.schema or {}, sub.schema or {}, sub.values)
        if from_defaults and isinstance(self.default, Mapping):
            for name, value in self.default.items():
                named.setdefault(str(name), _Node(None, {}, {}, value))
        yield from named.items()

    def _default_of(self, name: str) -> Any:
        return self.default.get(name, ABSENT) if isinstance(self.default, Mapping) else ABSENT


def _members(schema: Schema) -> Iterator[tuple[str, Any]]:
    for group in ("properties", "patternProperties"):
        members = schema.get(group)
        if isinstance(members, Mapping):
            yield from ((name if group == "properties" else _ANY_KEY, child) for name, child in members.items())
    for name in ("additionalProperties", "items"):
        if isinstance(schema.get(name), Mapping):
            yield _ANY_KEY, schema[name]


def _alternatives(root: Schema, given: Any) -> Iterator[Schema]:
    """A schema and those that it combines, references followed, each once."""
    yield from _combined(root, given, lambda _: False)


def _types(root: Schema, given: Any) -> set[str]:
    """The JSON types that a schema allows, as far as it names them."""
    found: set[str] = set()
    for schema in _combined(root, given, lambda schema: bool(_own_types(schema))):
        found |= _own_types(schema)
    return found


def _combined(root: Schema, given: Any, is_enough: Callable[[Schema], bool]) -> Iterator[Schema]:
    """Walk through ``allOf`` and its kin; below a schema that `is_enough` nothing more is looked at."""
    waiting, seen = [given], set[int]()
    while waiting:
        schema = _follow(root, waiting.pop(0))
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        for branch in () if is_enough(schema) else _BRANCHES:
            options = schema.get(branch)
            waiting += options if isinstance(options, list) else []


def _own_types(schema: Schema) -> set[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return {declared}
    if isinstance(declared, list):
        return {str(name) for name in declared}
    return {_json_type(value) for value in schema["enum"]} if isinstance(schema.get("enum"), list) else set()


def _json_type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _follow(root: Schema, given: Any) -> Schema:
    found = follow_reference(root, given)
    return found if isinstance(found, Mapping) else {}
