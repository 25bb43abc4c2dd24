"""Helm's own rules for merging values: a port of what `helm install` does between ``-f`` files and templates.

Helm merges user files over one another (`merge_maps`), then lays the result over the chart's defaults, down through
subcharts and ``global`` (`coalesce_values`). Maps merge, lists and scalars replace, null deletes a chart's default; a
null with no default to delete stays null. The corners follow helm v3.22.0 `pkg/chartutil/{coalesce,dependencies}.go`
and are held by a differential test against the binary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hubwright.core.charts import Chart, Dependency
from hubwright.core.errors import ValuesError

Values = dict[str, Any]
_CONTAINERS = frozenset({dict, list})


def merge_maps(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """Merge as Helm merges one ``-f`` file over another: maps merge, all else (null too) replaces.

    The result shares what only one of the two has: change neither.
    """
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both_maps = isinstance(value, dict) and isinstance(old, dict)
        merged[key] = merge_maps(old, value) if both_maps else value  # type: ignore[arg-type]
    return merged


def copy_values(value: Any) -> Any:
    """Copy maps and lists; leaves are immutable."""
    kind = type(value)
    if kind is dict:
        return {
            key: copy_values(item) if type(item) in _CONTAINERS else item  # most items are leaves: no call for them
            for key, item in value.items()
        }
    return [copy_values(item) for item in value] if kind is list else value


def coalesce_values(chart: Chart, user: Mapping[str, Any]) -> tuple[Chart, Values]:
    """Give the chart with only its enabled subcharts, and the values that its templates and schemas see."""
    enabled = _imported(_SameChart(enable_subcharts(chart, user)))
    return enabled, _coalesce(enabled, copy_values(dict(user)), keep_nulls=False)


def enable_subcharts(chart: Chart, user: Mapping[str, Any], *, _prefix: str = "") -> Chart:
    """Drop the subcharts that tags or conditions switch off, and give aliased ones their alias as name."""
    if not _has_choices(chart):
        return chart
    aliased = _apply_aliases(chart)
    seen = _coalesce(aliased, copy_values(dict(user)), keep_nulls=False)
    off = {dependency.key for dependency in aliased.dependencies if not _is_enabled(dependency, seen, _prefix)}
    return replace(
        aliased,
        dependencies=tuple(d for d in aliased.dependencies if d.key not in off),
        subcharts=tuple(
            enable_subcharts(sub, seen, _prefix=f"{_prefix}{sub.name}.")
            for sub in aliased.subcharts
            if sub.name not in off
        ),
    )


def _has_choices(chart: Chart) -> bool:
    """Whether any dependency may be off or bears an alias; without, every subchart is on under its own name.

    A chart that lists no dependencies ends Helm's search: what its subcharts list is not looked at.
    """
    names = [dependency.name for dependency in chart.dependencies]
    return bool(names) and (
        len(set(names)) < len(names)
        or any(d.condition or d.tags or d.alias for d in chart.dependencies)
        or any(_has_choices(sub) for sub in chart.subcharts)
    )


def _apply_aliases(chart: Chart) -> Chart:
    listed = {dependency.name for dependency in chart.dependencies}
    by_name = {sub.name: sub for sub in chart.subcharts}
    unlisted = [sub for sub in chart.subcharts if sub.name not in listed]
    named = [replace(by_name[d.name], name=d.key) for d in chart.dependencies if d.name in by_name]
    renamed = tuple(replace(dependency, name=dependency.key, alias=None) for dependency in chart.dependencies)
    return replace(chart, subcharts=(*unlisted, *named), dependencies=renamed)


def _is_enabled(dependency: Dependency, values: Mapping[str, Any], prefix: str) -> bool:
    """Conditions outrank tags; the first condition path that holds a boolean decides."""
    for path in dependency.condition.strip().split(","):
        found = _look_up(values, f"{prefix}{path}".split(".")) if path else None
        if isinstance(found, bool):
            return found
    tags = values.get("tags")
    set_tags = [tags[tag] for tag in dependency.tags if isinstance(tags, dict) and isinstance(tags.get(tag), bool)]
    return not set_tags or any(set_tags)


def _look_up(values: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        if not isinstance(values, dict):
            return None
        values = values.get(key)
    return values


class _SameChart:
    """A chart that is its own key: the chart of many stacks is prepared once."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def __hash__(self) -> int:
        return id(self.chart)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameChart) and other.chart is self.chart


@lru_cache(maxsize=16)
def _imported(same: _SameChart) -> Chart:
    return _import_values(same.chart)


def _import_values(chart: Chart) -> Chart:
    """Fold subcharts' defaults and their `import-values` into the parent's defaults, as Helm does before it merges."""
    chart = replace(chart, subcharts=tuple(_import_values(sub) for sub in chart.subcharts))
    if not chart.dependencies:
        return chart
    defaults = _coalesce(chart, {}, keep_nulls=True)
    imported: Values = {}
    for dependency in chart.dependencies:
        for wanted in dependency.import_values:
            imported = _coalesce_tables(imported, _imported_table(defaults, dependency, wanted), keep_nulls=True)
    return replace(chart, values=_coalesce_tables(copy_values(defaults), imported, keep_nulls=True))


def _imported_table(defaults: Mapping[str, Any], dependency: Dependency, wanted: Any) -> Values:
    if isinstance(wanted, str):
        child, parent = f"exports.{wanted}", "."
    elif isinstance(wanted, dict):
        child, parent = str(wanted.get("child")), str(wanted.get("parent"))
    else:
        return {}
    table = _look_up(defaults, [*dependency.name.split("."), *child.split(".")])
    if not isinstance(table, dict):
        return {}
    table = copy_values(table)
    for key in reversed([] if parent == "." else parent.split(".")):
        table = {key: table}
    return dict(table)


def _coalesce(chart: Chart, values: Values, *, keep_nulls: bool) -> Values:
    _coalesce_chart(chart, values, keep_nulls=keep_nulls)
    for sub in chart.subcharts:
        below = values.setdefault(sub.name, {})
        if not isinstance(below, dict):
            raise ValuesError(f"{chart.name}: the values of the subchart {sub.name!r} must be a map")
        _coalesce_globals(below, values)
        values[sub.name] = _coalesce(sub, below, keep_nulls=keep_nulls)
    return values


def _coalesce_chart(chart: Chart, values: Values, *, keep_nulls: bool) -> None:
    subcharts = {sub.name for sub in chart.subcharts}
    for key, default in chart.values.items():
        is_handed_down = key in subcharts or key == "global"  # and so filled further: never the chart's own object
        if key not in values:
            values[key] = copy_values(default) if is_handed_down else default
        elif values[key] is None and not keep_nulls:
            del values[key]
        elif isinstance(values[key], dict) and isinstance(default, dict):
            below = copy_values(default) if is_handed_down else default
            _coalesce_tables(values[key], below, keep_nulls=keep_nulls or key in subcharts)


def _coalesce_tables(above: Values, below: Values, *, keep_nulls: bool) -> Values:
    """Fill `above` from `below`; a null above a default deletes it, unless nulls are kept for a later pass."""
    for key, default in below.items():
        if key not in above:
            above[key] = default
        elif above[key] is None and default is not None and not keep_nulls:
            del above[key]
        elif isinstance(above[key], dict) and isinstance(default, dict):
            _coalesce_tables(above[key], default, keep_nulls=keep_nulls)
    return above


def _coalesce_globals(below: Values, values: Values) -> None:
    """Hand the parent's ``global`` down; the parent's keys win."""
    own, given = below.get("global", {}), values.get("global", {})
    if not isinstance(own, dict) or not isinstance(given, dict):
        return
    for key, value in given.items():
        if isinstance(value, dict):
            table = copy_values(value)
            if key not in own:
                own[key] = table
            elif isinstance(own[key], dict):
                own[key] = _coalesce_tables(table, own[key], keep_nulls=True)
        elif not isinstance(own.get(key), dict):
            own[key] = value
    below["global"] = own
