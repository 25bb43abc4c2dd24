"""Chart values in layers: who set what, and what Helm makes of it.

A stack's values are layers, weakest first: files under ``charts-values/`` and, last, what the program computes.
`merge_layers` merges them by Helm's rules and remembers the layers, so that every value can name its file and line.
Values that are not known yet (outputs in a preview) or secret are `StandIn` objects: leaves like any other, which
schema checks accept by type.

Typical use::

    layers = [load_layer(text, name="binderhub/base", source="charts-values/binderhub/base.yaml"), …]
    layers.append(computed_layer({"config": {"BinderHub": {"hub_url": StandIn("string")}}}))
    merged = merge_layers(layers, chart=chart)
    problems = check_chart_values(merged)          # hubwright.core.values_schema
    merged.values                                   # give this to Helm, after real values took the stand-ins' places
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from hubwright.core.charts import Chart
from hubwright.core.coalesce import coalesce_values, merge_maps
from hubwright.core.errors import ValuesError
from hubwright.core.yaml_source import Path, Position, parse_yaml

JsonType = Literal["string", "integer", "number", "boolean", "object", "array", "any"]

COMPUTED = "computed"
"""The name of the layer that the program computes."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class StandIn:
    """Takes the place of a value that is secret or not yet known, accepted wherever its type could be right.

    `label` says what it stands for ("the registry's password") and is all that any output may show of it.
    """

    json_type: JsonType = "any"
    label: str = "a value not known yet"
    secret: bool = False


@dataclass(frozen=True)
class Layer:
    """One source of values. `source` is a file, or ``computed``; `positions` says where each path stands in it."""

    name: str
    values: Mapping[str, Any] = field(repr=False)
    source: str = "computed"
    positions: Mapping[Path, Position] = field(default_factory=dict, repr=False)
    is_default: bool = False

    def place(self, path: Path, *, with_column: bool = False) -> str:
        """``file:line`` of a path or its nearest ancestor with a place; the layer's name for computed values."""
        for length in range(len(path), 0, -1):
            if position := self.positions.get(path[:length]):
                column = f":{position.column}" if with_column else ""
                return f"{self.source}:{position.line}{column}"
        return self.source if self.positions else self.name


@dataclass(frozen=True, slots=True)
class Setting:
    """One layer's say about a path: what it set and where. `exact_place` has the column too."""

    layer: str
    place: str
    value: Any
    exact_place: str = ""
    is_default: bool = False
    """Whether it is a chart's own default."""
    is_computed: bool = False
    """Whether the program computes it."""


@lru_cache(maxsize=256)
def load_layer(text: str, *, name: str, source: str) -> Layer:
    """Read a values file's text, the same text once; raises ValuesError when it is not YAML or not a map."""
    document = parse_yaml(text, source=source)
    if not isinstance(document.value, dict):
        found = "a list" if isinstance(document.value, list) else "a single value"
        raise ValuesError(f"{source}:1: values must be a map of keys, not {found}")
    return Layer(name, document.value, source, document.positions)


def computed_layer(values: Mapping[str, Any], *, name: str = COMPUTED) -> Layer:
    """Wrap what the program computes; it outranks the layers before it."""
    return Layer(name, values)


@dataclass(frozen=True)
class MergedValues:
    """Layers merged by Helm's rules. `values` goes to Helm; `effective` is what templates and schemas see."""

    layers: tuple[Layer, ...]
    values: dict[str, Any] = field(repr=False)
    chart: Chart | None = None

    @cached_property
    def _coalesced(self) -> tuple[Chart | None, dict[str, Any]]:
        return coalesce_values(self.chart, self.values) if self.chart else (None, self.values)

    @property
    def enabled_chart(self) -> Chart | None:
        """The chart with only the subcharts that these values enable."""
        return self._coalesced[0]

    @property
    def effective(self) -> dict[str, Any]:
        """The values laid over the chart's defaults, subcharts and ``global`` included; do not change it."""
        return self._coalesced[1]

    def history(self, path: Path) -> tuple[Setting, ...]:
        """Every layer that sets the path, weakest first, chart defaults included; the last one wins."""
        settings: list[Setting] = []
        for layer in self._all_layers:
            value = _look_up(layer.values, path)
            if value is not _ABSENT:
                settings.append(_setting(layer, path, value))
            elif _cuts_off(layer.values, path):
                settings.clear()
        if not settings and (parents := self._global_parent(path)):
            return self.history(parents)
        return tuple(settings)

    def setting_below(self, path: Path, layer: Layer) -> Setting | None:
        """The strongest setting of a path below a layer, None when nothing sets it there."""
        number = next(number for number, known in enumerate(self._all_layers) if known is layer)
        for weaker in reversed(self._all_layers[:number]):
            value = _look_up(weaker.values, path)
            if value is not _ABSENT:
                return _setting(weaker, path, value)
            if _cuts_off(weaker.values, path):
                return None
        return None

    def is_computed(self, path: Path) -> bool:
        """Whether the program itself sets the path, and so overrides every file."""
        top = self.layers[-1] if self.layers else None
        return top is not None and top.name == COMPUTED and _look_up(top.values, path) is not _ABSENT

    def origin(self, path: Path) -> str:
        """``file:line`` of the setting that wins, or the layer's name; for an unset path that of its parent."""
        for length in range(len(path), 0, -1):
            if settings := self.history(path[:length]):
                return settings[-1].place
        return self.layers[-1].name if self.layers else "no layer"

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Every leaf of `effective` with its path; lists and empty maps are leaves, as they replace whole."""
        return _leaves(self.effective, ())

    @cached_property
    def _all_layers(self) -> tuple[Layer, ...]:
        defaults = _default_layers(self.chart, ()) if self.chart else ()
        return (*defaults, *self.layers)

    def _global_parent(self, path: Path) -> Path | None:
        """Where a subchart's ``global`` key comes from: the parent chart's ``global``."""
        if "global" in path[1:] and self.chart and path[0] in {sub.name for sub in self.chart.subcharts}:
            return path[path.index("global") :] if path.index("global") == 1 else None
        return None


def merge_layers(layers: Sequence[Layer], *, chart: Chart | None = None) -> MergedValues:
    """Merge layers, weakest first, as Helm merges its values files; with `chart`, over its defaults too."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge_maps(merged, layer.values)
    return MergedValues(tuple(layers), merged, chart)


def _default_layers(chart: Chart, path: tuple[str, ...]) -> Iterator[Layer]:
    """The defaults of the subcharts and then of the chart, each placed under the keys where its parent sees it."""
    for sub in chart.subcharts:
        yield from _default_layers(sub, (*path, sub.name))
    values: Mapping[str, Any] = chart.values
    for key in reversed(path):
        values = {key: values}
    yield Layer(f"default of chart {chart.name} {chart.version}", values, is_default=True)


def _setting(layer: Layer, path: Path, value: Any) -> Setting:
    exact = layer.place(path, with_column=True)
    return Setting(layer.name, layer.place(path), value, exact, layer.is_default, layer.name == COMPUTED)


def _look_up(values: Any, path: Path) -> Any:
    for key in path:
        if type(values) is dict:
            values = values.get(key, _ABSENT)
        elif type(values) is list and isinstance(key, int) and key < len(values):
            values = values[key]
        else:
            return _ABSENT
    return values


def _cuts_off(values: Any, path: Path) -> bool:
    """Whether a layer replaces an ancestor of the path by something that is no map, so that older settings end."""
    for key in path:
        if type(values) is not dict:
            return values is not _ABSENT
        values = values.get(key, _ABSENT)
    return False


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value
