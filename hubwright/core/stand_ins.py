"""Checking values of which some are not known: a problem counts only when no value of the stand-in's type cures it.

The values are checked with concrete values in the stand-ins' places. When that finds problems, other values of the
same type are tried (those that the schema itself names in `enum` and `const` among them), and only the problems that
every trial shows are real. So a secret that is absent neither fails a check nor hides that a number is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hubwright.core.values import JsonType, StandIn
from hubwright.core.yaml_source import Path

_GENERIC: dict[JsonType, list[Any]] = {
    "string": ["stand-in", ""],
    "integer": [1, 0],
    "number": [1.5, 0],
    "boolean": [True, False],
    "object": [{}],
    "array": [[]],
}
_MOST_TRIALS = 200
_WALKED = frozenset({dict, list, StandIn})
_UNKNOWABLE = frozenset(
    {
        *("pattern", "format", "minLength", "maxLength", "contentEncoding", "contentMediaType"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minItems", "maxItems", "contains", "minProperties", "maxProperties", "required"),
    }
)


def find_stand_ins(values: Any, path: Path = ()) -> Iterator[tuple[Path, StandIn]]:
    """List the stand-ins in some values with their paths."""
    kind = type(values)
    if kind is StandIn:
        yield path, values
    elif kind is dict or kind is list:
        for key, item in values.items() if kind is dict else enumerate(values):
            if type(item) in _WALKED:  # most items are leaves
                yield from find_stand_ins(item, (*path, key))


def find_errors(validate: Callable[[Any], list[Any]], values: Any, schema: Mapping[str, Any]) -> list[Any]:
    """Validation errors (jsonschema-rs's) that hold whatever the stand-ins turn out to be."""
    stand_ins = dict(find_stand_ins(values))
    if not stand_ins:
        return validate(values)
    errors: list[Any] = []
    for trial, candidate in enumerate(_candidates(schema, set(stand_ins.values()))):
        found = validate(_fill_in(values, candidate, iter(range(len(stand_ins)))))
        identities = {_identity(error) for error in found}
        errors = found if trial == 0 else [error for error in errors if _identity(error) in identities]
        if not errors:
            return []
    return [error for error in errors if not _is_curable(error, stand_ins)]


def _candidates(schema: Mapping[str, Any], stand_ins: set[StandIn]) -> Iterator[Mapping[JsonType, Any]]:
    """One value for each type at a time; `any` runs through the values of all types."""
    yield {json_type: values[0] for json_type, values in {**_GENERIC, "any": _GENERIC["string"]}.items()}
    named = list(_named_values(schema))
    wanted = {stand_in.json_type for stand_in in stand_ins}
    by_type = {t: [*generic, *(v for v in named if _has_type(v, t))] for t, generic in _GENERIC.items()}
    by_type["any"] = [value for values in by_type.values() for value in values] if "any" in wanted else [None]
    longest = min(_MOST_TRIALS, max(len(by_type[json_type]) for json_type in wanted))
    for trial in range(1, longest):
        yield {json_type: values[min(trial, len(values) - 1)] for json_type, values in by_type.items()}


def _named_values(schema: Any) -> Iterator[Any]:
    """The values that `enum` and `const` name anywhere in a schema, each once."""
    seen: set[tuple[type, Any]] = set()
    for value in _walk_named(schema):
        if isinstance(value, str | int | float | bool) and (type(value), value) not in seen:
            seen.add((type(value), value))
            yield value


def _walk_named(schema: Any) -> Iterator[Any]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("enum"), list):
            yield from schema["enum"]
        if "const" in schema:
            yield schema["const"]
    children: Iterable[Any] = schema.values() if isinstance(schema, Mapping) else schema
    if isinstance(schema, Mapping | list):
        for child in children:
            yield from _walk_named(child)


def _has_type(value: Any, json_type: JsonType) -> bool:
    if isinstance(value, bool):
        return json_type == "boolean"
    kinds: dict[JsonType, Any] = {"string": str, "integer": int, "number": (int, float)}
    return json_type in kinds and isinstance(value, kinds[json_type])


def _fill_in(values: Any, candidate: Mapping[JsonType, Any], serial: Iterator[int]) -> Any:
    """Put candidates in the stand-ins' places; generic text is numbered, so that it is unique in lists."""
    kind = type(values)
    if kind is StandIn:
        number, value = next(serial), candidate[values.json_type]
        return f"{value}-{number}" if value == _GENERIC["string"][0] else value
    if kind is dict:
        return {
            key: _fill_in(item, candidate, serial) if type(item) in _WALKED else item for key, item in values.items()
        }
    if kind is list:
        return [_fill_in(item, candidate, serial) for item in values]
    return values


def _identity(error: Any) -> tuple[Any, ...]:
    unexpected = getattr(error.kind, "unexpected", None) or getattr(error.kind, "property", None)
    return tuple(error.instance_path), tuple(error.schema_path), str(unexpected)


def _is_curable(error: Any, stand_ins: Mapping[Path, StandIn]) -> bool:
    """Whether some value could meet a rule that no trial can aim at, such as a pattern."""
    if error.kind.name in {"anyOf", "oneOf"}:
        branches = getattr(error.kind, "context", None) or []
        return any(all(_is_curable(inner, stand_ins) for inner in branch) for branch in branches if branch)
    return tuple(error.instance_path) in stand_ins and error.kind.name in _UNKNOWABLE
