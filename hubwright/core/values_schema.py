"""Checks merged values against a chart's ``values.schema.json``, subcharts too, and tells all problems at once.

Schemas apply where Helm applies them: the chart's to all of its effective values, an enabled subchart's to the values
below its key. A remote ``$ref`` is never fetched. Each problem names file and line, key path, what was found, what the
schema wants, and the nearest key for a name that does not exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs

from hubwright.core.charts import Chart
from hubwright.core.errors import ValuesError
from hubwright.core.key_paths import Path, format_path
from hubwright.core.nearest import nearest_name
from hubwright.core.schema_lookup import description_of, first_sentence, follow_reference, known_keys, subschema
from hubwright.core.stand_ins import find_errors
from hubwright.core.values import MergedValues, StandIn
from hubwright.core.yaml_scalars import resolve_plain

_MOST_SHOWN = 40
_SHOWN_VALUE_LENGTH = 60
_SECRET_NAME = re.compile(r"pass|secret|token|credential|key$|cert|auth", re.IGNORECASE)
_WANTED_TYPES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "a list",
    "object": "a map",
}
_TYPE_NAMES = {bool: "a boolean", int: "an integer", float: "a number", str: "a string"}
_MISSING = object()
_NO_SUCH_KEY = "no such key"


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that is wrong: where, what was found, what the schema wants, and what may have been meant."""

    path: Path
    source: str
    found: str
    wanted: str
    nearest: str | None = None
    description: str | None = None

    def __str__(self) -> str:
        wanted = f'did you mean "{self.nearest}"?' if self.nearest and self.is_unknown_key else self.wanted
        text = f"{self.source}: {format_path(self.path)}: {self.found}; {wanted}"
        if self.nearest and not self.is_unknown_key:
            text += f'; did you mean "{self.nearest}"?'
        return text

    @property
    def is_unknown_key(self) -> bool:
        """Whether the fault is the key's name; then the nearest name says more than a list of all."""
        return self.found == _NO_SUCH_KEY


def check_values(
    merged: MergedValues, schema: Mapping[str, Any], *, chart: str, below: Path = ()
) -> list[SchemaProblem]:
    """Check effective values, or those below a subchart's key, against one schema.

    Raises ValuesError when the schema itself is unusable (a bad or remote ``$ref``, a pattern that does not compile).
    """
    validator = _compile_schema(_Same(schema), chart)
    values = _value_at(merged.effective, below)
    errors = find_errors(lambda instance: list(validator.iter_errors(instance)), values, schema)
    problems = [problem for error in errors for problem in _describe(error, schema, merged, below)]
    return sorted(set(problems), key=lambda problem: ([str(key) for key in problem.path], problem.wanted))


def check_chart_values(merged: MergedValues) -> list[SchemaProblem]:
    """Check the values of `merged.chart` and of its enabled subcharts, each against its own schema, as Helm does."""
    assert merged.chart is not None, "merge_layers needs the chart for this check"
    chart = merged.enabled_chart
    assert chart is not None
    return list(_check_tree(chart, merged, ()))


def format_problems(problems: Sequence[SchemaProblem], *, chart: str) -> ValuesError:
    """Make the one error that shows all problems (the first 40 of them), ready to raise."""
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    lines = [f"  {problem}" for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"  … and {len(problems) - _MOST_SHOWN} more")
    described = next((p for p in problems if p.description), None)
    hint = f"{format_path(described.path)}: {first_sentence(described.description)}" if described else None
    return ValuesError(f"{count} in the values of chart {chart}:\n" + "\n".join(lines), hint=hint)


def _check_tree(chart: Chart, merged: MergedValues, below: Path) -> Iterator[SchemaProblem]:
    if chart.schema is not None:
        yield from check_values(merged, chart.schema, chart=chart.name, below=below)
    for sub in chart.subcharts:
        if isinstance(_value_at(merged.effective, (*below, sub.name)), dict):
            yield from _check_tree(sub, merged, (*below, sub.name))


def _value_at(values: Any, path: Path) -> Any:
    for key in path:
        values = values[key]
    return values


def _refuse_remote(uri: str) -> Any:
    raise ValueError(f"the schema refers to {uri}, which is not fetched")


class _Same:
    """A schema that is its own key: the chart of many stacks is read once, and compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema


@lru_cache(maxsize=64)
def _compile_schema(same: _Same, chart: str) -> Any:
    try:
        return jsonschema_rs.validator_for(dict(same.schema), retriever=_refuse_remote)
    except (ValueError, RecursionError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        reason = str(error).splitlines()[0][:200]
        raise ValuesError(
            f"the values.schema.json of chart {chart} cannot be used: {reason}",
            hint="the fault is in the chart, not in the values: pin another version of it",
        ) from error


def _describe(error: Any, schema: Mapping[str, Any], merged: MergedValues, below: Path) -> Iterator[SchemaProblem]:
    path: Path = (*below, *error.instance_path)
    owner = subschema(schema, list(error.schema_path)[:-1])
    keyword = error.kind.name
    if keyword in {"additionalProperties", "unevaluatedProperties"}:
        known = known_keys(schema, owner)
        for key in error.kind.unexpected:
            near = nearest_name(key, known) or _known_to_subchart(merged, below, path, key)
            here = (*path, key)
            yield SchemaProblem(here, merged.origin(here), _NO_SUCH_KEY, _wanted_keys(known), near)
        return
    if keyword == "required":
        key = error.kind.property
        present = _value_at(merged.effective, path)
        known = known_keys(schema, owner)
        unknown = [name for name in present if name not in known] if present else []
        yield SchemaProblem(
            (*path, key),
            merged.origin(path),
            "is missing",
            "the chart requires it",
            _written_as(key, unknown),
            description_of(_child(schema, owner, key)),
        )
        return
    value = _original(merged.effective, path)
    wanted = _wanted_form(owner, keyword) or _wanted(error) + _about_quotes(error, value)
    options = [option for option in getattr(error.kind, "options", None) or () if isinstance(option, str) and option]
    near = nearest_name(value, options) if isinstance(value, str) else None
    yield SchemaProblem(path, merged.origin(path), _found(value, path), wanted, near, description_of(owner))


def _known_to_subchart(merged: MergedValues, below: Path, path: Path, key: str) -> str | None:
    """A key of a subchart that was written one level too high: its name from where it stands."""
    chart = merged.enabled_chart
    if chart is None or below or path:
        return None
    return next((f"{sub.name}.{key}" for sub in chart.subcharts if key in sub.values), None)


def _wanted_form(owner: Mapping[str, Any], keyword: str) -> str | None:
    """Say which of several keys is wanted, where a `oneOf` or `anyOf` tells forms apart by one key each."""
    branches = owner.get(keyword)
    if keyword not in {"oneOf", "anyOf"} or not isinstance(branches, list):
        return None
    keys = [branch.get("required") if isinstance(branch, Mapping) and len(branch) == 1 else None for branch in branches]
    if not all(isinstance(key, list) and len(key) == 1 for key in keys):
        return None
    alone = "exactly one" if keyword == "oneOf" else "at least one"
    return f"the chart wants {alone} of {', '.join(key[0] for key in keys if key)}"


def _about_quotes(error: Any, value: Any) -> str:
    if error.kind.name != "type":
        return ""
    types = set(error.kind.types)
    if "string" in types and isinstance(value, bool | int | float):
        return ": put it between quotes"
    if isinstance(value, str):
        plain = resolve_plain(value.strip()).value if value.strip() else value
        fits = ("boolean" in types and isinstance(plain, bool)) or (
            bool(types & {"integer", "number"}) and isinstance(plain, int | float) and not isinstance(plain, bool)
        )
        return ": remove the quotes" if fits else ""
    return ""


def _written_as(key: str, present: Sequence[str]) -> str | None:
    """A misspelt key is told once, where it stands; here only what was meant by it."""
    return f"{key}, in place of {near}" if (near := nearest_name(key, present)) else None


def _wanted_keys(known: Sequence[str]) -> str:
    if not known:
        return "the chart allows no keys here"
    return f"the chart knows {', '.join(known[:8])}{', …' if len(known) > 8 else ''}"


def _wanted(error: Any) -> str:
    kind = error.kind
    if kind.name == "type":
        names = sorted(kind.types, key=lambda name: name == "null")
        return f"the chart wants {' or '.join(_WANTED_TYPES.get(name, name) for name in names)}"
    if kind.name == "enum":
        return f"the chart wants one of {', '.join(json.dumps(option) for option in kind.options)}"
    if type(kind).__name__.endswith("OneOfMultipleValid"):
        return "it fits more than one of the forms that the chart tells apart"
    if kind.name in {"anyOf", "oneOf"}:
        branches = ["; ".join(_wanted(inner) for inner in branch) for branch in getattr(kind, "context", []) if branch]
        return f"none of the allowed forms fits: {' | '.join(dict.fromkeys(branches))}" if branches else _rule(error)
    if kind.name == "required":
        return f"needs {kind.property}"
    return _rule(error)


def _rule(error: Any) -> str:
    """The bare rule, never jsonschema-rs's message, which quotes the value."""
    limit = getattr(error.kind, "value", None) if error.kind.name not in {"not", "falseSchema"} else None
    return f"the chart's rule {error.kind.name}{'' if limit is None else ' ' + json.dumps(limit, default=str)} fails"


def _original(values: Any, path: Path) -> Any:
    try:
        return _value_at(values, path)
    except (KeyError, IndexError, TypeError):
        return _MISSING


def _found(value: Any, path: Path) -> str:
    if isinstance(value, StandIn):
        return f"found {value.label} ({value.json_type})"
    if value is None:
        return "found null"
    if isinstance(value, dict):
        return f"found a map of {len(value)} keys" if value else "found an empty map"
    if isinstance(value, list):
        return f"found a list of {len(value)}"
    name = _TYPE_NAMES.get(type(value), "a value")
    if any(isinstance(key, str) and _SECRET_NAME.search(key) for key in path):
        return f"found {name} (not shown)"
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _SHOWN_VALUE_LENGTH else f"{text[:_SHOWN_VALUE_LENGTH]}…"
    return f"found {name}, {shown}"


def _child(root: Mapping[str, Any], owner: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    child = follow_reference(root, owner.get("properties", {}).get(key, {}))
    return child if isinstance(child, Mapping) else {}
