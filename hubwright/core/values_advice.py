"""What is allowed and still likely wrong in a stack's values: warnings, each with the place of the setting.

- a list that replaces another and drops some of its entries: Helm does not merge lists;
- a setting that changes nothing, as what lies below it says the same (but for the defaults of the sandbox's own charts,
  which are not those of the official ones);
- a setting that the program overrides;
- a key that the chart's ``values.yaml`` does not know, for charts (and subcharts) without a schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubwright.core.charts import Chart
from hubwright.core.diff import same_value
from hubwright.core.key_paths import Path, format_path
from hubwright.core.nearest import nearest_name
from hubwright.core.values import Layer, MergedValues, Setting, StandIn

_MOST_DROPPED = 3
_ALWAYS_KNOWN: Mapping[str, Any] = {"global": {}, "enabled": {}, "tags": {}}


@dataclass(frozen=True, slots=True)
class Advice:
    """One warning: where, which key, and what about it. `kind` is stable, for programs."""

    path: Path
    source: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.source}: {format_path(self.path)}: {self.message}"


def advise(merged: MergedValues) -> list[Advice]:
    """List the warnings about merged values, in the order of the layers."""
    advice = [found for layer in merged.layers if layer.positions for found in _about_layer(layer, merged)]
    if merged.enabled_chart is not None:
        advice += _unknown_keys(merged.enabled_chart, merged, ())
    return list(dict.fromkeys(advice))


def _about_layer(layer: Layer, merged: MergedValues) -> Iterator[Advice]:
    stand_in = merged.chart is not None and merged.chart.is_stand_in
    for path, value in _leaves(layer.values, ()):
        if below := merged.setting_below(path, layer):
            if dropped := _dropped(below, value):
                yield Advice(path, layer.place(path), "list-replaced", dropped)
            if same_value(_plain(below.value), value) and not (stand_in and below.is_default):
                message = f"equals what {_whose(below)} says: leave it out"
                yield Advice(path, layer.place(path), "no-effect", message)
        if merged.is_computed(path):
            yield Advice(path, layer.place(path), "overridden", "has no effect: the program computes this value")


def _dropped(below: Setting, value: Any) -> str | None:
    """Say which entries are lost when a list takes another's place."""
    if not isinstance(below.value, list) or not isinstance(value, list):
        return None
    lost = [item for item in below.value if not any(same_value(item, kept) for kept in value)]
    if not lost:
        return None
    shown = ", ".join(_shown(item) for item in lost[:_MOST_DROPPED])
    more = f" and {len(lost) - _MOST_DROPPED} more" if len(lost) > _MOST_DROPPED else ""
    return f"replaces the list of {_whose(below)} and drops {shown}{more}: repeat them to keep them"


def _shown(item: Any) -> str:
    """An entry as it may be seen: an object by its name alone."""
    if isinstance(item, dict):
        name = next((item[key] for key in ("name", "key", "host") if isinstance(item.get(key), str)), None)
        return f"the entry {name!r}" if name else f"a map of {', '.join(map(str, item))}"
    if isinstance(item, StandIn):
        return item.label
    text = json.dumps(item, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _whose(setting: Setting) -> str:
    return f"the {setting.layer}" if setting.is_default else setting.place


def _plain(value: Any) -> Any:
    return object() if isinstance(value, StandIn) else value


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if type(value) is dict and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif path:
        yield path, value


def _unknown_keys(chart: Chart, merged: MergedValues, below: Path) -> Iterator[Advice]:
    """Keys that neither a schema nor the defaults know; below a key that a schema of a parent covers, too."""
    subcharts = {sub.name for sub in chart.subcharts}
    if chart.schema is None and chart.values:
        known = {**chart.values, **_ALWAYS_KNOWN}
        for layer in merged.layers:
            set_here = _at(layer.values, below)
            if isinstance(set_here, Mapping):
                yield from _unknown_in(set_here, known, layer, below, skipped=subcharts)
    for sub in chart.subcharts:
        yield from _unknown_keys(sub, merged, (*below, sub.name))


def _unknown_in(
    values: Mapping[str, Any], known: Mapping[str, Any], layer: Layer, path: Path, *, skipped: set[str]
) -> Iterator[Advice]:
    for key, value in values.items():
        here = (*path, key)
        if key in skipped:
            continue
        if key not in known:
            near = nearest_name(key, known)
            hint = f'; did you mean "{near}"?' if near else ""
            yield Advice(here, layer.place(here), "unknown-key", f"the chart's values.yaml knows no such key{hint}")
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping) and known[key]:
            yield from _unknown_in(value, known[key], layer, here, skipped=set())


def _at(values: Any, path: Path) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values
