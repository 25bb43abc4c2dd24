"""What the `values` commands look at: a stack's releases with their layers and charts, from files alone.

Nothing is asked of a cloud, a cluster or a state: what only they know stands in by its type.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from components.value_layers import ReadFile, ValueLayers, read_from
from hubwright.adapters.chart_packages import read_chart
from hubwright.core.charts import Chart
from hubwright.core.charts_lock import ChartPin
from hubwright.core.errors import ConfigError, StackNotFoundError, UsageError
from hubwright.core.key_paths import Path as KeyPath
from hubwright.core.nearest import nearest_name
from hubwright.core.setting_influences import find_influences
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import StackRelease, choose_releases, releases_without_cloud
from hubwright.core.stack_source import StackSource, parse_stack, place_own_values
from hubwright.core.values import MergedValues, computed_layer, load_layer, merge_layers
from hubwright.core.yaml_source import decode_text
from hubwright.workflows.display import Display
from hubwright.workflows.project import Project

if TYPE_CHECKING:
    from hubwright.adapters.charts import ChartStore

STAND_INS = Path(__file__).resolve().parents[1] / "sandbox" / "charts"
CHARTS_LOCK = "charts-values/charts.lock"


@dataclass(frozen=True)
class ReleaseSource:
    """One release of a stack, its values merged. `chart_source` says where its chart is from."""

    stack: StackSource | None
    release: StackRelease | None
    chart: Chart
    chart_source: str
    merged: MergedValues

    @property
    def chart_name(self) -> str:
        """The chart's name in the stack."""
        return self.release.chart if self.release else self.chart.name

    @cached_property
    def influences(self) -> Mapping[KeyPath, tuple[KeyPath, ...]]:
        """Which settings each computed value follows from."""
        if self.stack is None or self.release is None:
            return {}
        name = self.release.name
        return find_influences(self.stack.settings, lambda settings: _computed(settings, name))


class Shelf(Protocol):
    """Where the charts of releases are taken from."""

    def take(self, name: str, wanted: str, together: Sequence[str] = ()) -> tuple[Chart, str]:
        """Return a chart and where it is from."""


def open_store(project: Project, *, offline: bool = False) -> ChartStore:
    """Return where a project's packages come from: its vendor folder, the cache, the network unless offline."""
    from hubwright.adapters.charts import ChartStore  # late: an HTTP client, which stand-ins do not need

    offline = offline or bool(os.environ.get("HUBWRIGHT_OFFLINE"))
    return ChartStore(vendor=project.folder / "charts-values" / "vendor", offline=offline)


@dataclass
class ChartShelf:
    """Reads each chart once. `auto` means official where the packages are on this machine, else stand-ins."""

    project: Project
    display: Display
    _charts: dict[tuple[str, str], tuple[Chart, str]] = field(default_factory=dict)
    _settled: dict[tuple[str, ...], str] = field(default_factory=dict)

    def take(self, name: str, wanted: str, together: Sequence[str] = ()) -> tuple[Chart, str]:
        """Return a chart and where it is from; the charts that one stack takes `together` are all from one source.

        Raises ConfigError for an unknown one, ApiError when it is not here.
        """
        source = self._settle(tuple(together) or (name,)) if wanted == "auto" else wanted
        key = (name, source)
        if key not in self._charts:
            self._charts[key] = self._stand_in(name) if source == "stand-in" else self._official(name)
        return self._charts[key]

    @cached_property
    def _pins(self) -> Mapping[str, ChartPin]:
        from hubwright.adapters.charts import read_lock

        return read_lock(self.project.folder / CHARTS_LOCK)

    @cached_property
    def _store(self) -> ChartStore:
        return open_store(self.project)

    def _settle(self, names: tuple[str, ...]) -> str:
        if names not in self._settled:
            here = all(name in self._pins and self._store.find(self._pins[name]) for name in names)
            if not here and "stand-in" not in self._settled.values():
                self.display.line("notice: the official charts are not on this machine: looking at stand-ins")
            self._settled[names] = "official" if here else "stand-in"
        return self._settled[names]

    def _stand_in(self, name: str) -> tuple[Chart, str]:
        if not (STAND_INS / name).is_dir():
            raise ConfigError(f"there is no stand-in for the chart {name!r}", hint="set hubwright:charts to official")
        return read_chart(STAND_INS / name), "stand-in"

    def _official(self, name: str) -> tuple[Chart, str]:
        pin = self._pins.get(name)
        if pin is None:
            near = nearest_name(name, self._pins)
            raise ConfigError(
                f"the chart {name!r} is not pinned",
                hint=f"did you mean {near}?" if near else f"add it to {CHARTS_LOCK}",
            )
        return read_chart(self._store.resolve(pin, notify=self.display.warn).path), f"{pin.name} {pin.version}"


def load_stack(
    project: Project, stack: str, shelf: Shelf, *, read: ReadFile | None = None, chart: str | None = None
) -> list[ReleaseSource]:
    """Merge the values of a stack's releases, or of that of `chart`; `read` replaces the disk.

    Raises StackNotFoundError, or ConfigError that names file and line.
    """
    read = read or read_from(project.folder)
    source = read_stack_source(project, stack, read)
    layers = ValueLayers(project.folder, source.settings.cloud.kind, stack, read=read)
    releases = choose_releases(releases_without_cloud(source.settings), chart, stack=stack)
    return [_merge(source, release, layers, shelf) for release in releases]


def read_stack_source(project: Project, stack: str, read: ReadFile) -> StackSource:
    """Read a stack file. Raises StackNotFoundError that names the nearest stack."""
    path = project.stack_file(stack).relative_to(project.folder).as_posix()
    content = read(path)
    if content is None:
        names = project.stacks()
        near = nearest_name(stack, names)
        hint = f"did you mean {near}?" if near else f"the stacks are: {', '.join(names) or 'none'}"
        raise StackNotFoundError(f"no stack {stack}: {path} does not exist", hint=hint)
    return parse_stack(decode_text(content, source=path), stack=stack, source=path)


def load_files(files: Sequence[Path], chart: str, shelf: ChartShelf, source: str) -> ReleaseSource:
    """Merge values files over a chart: a pinned one's name, or the path of a chart's folder or package."""
    definition, origin = _any_chart(chart, shelf, source)
    layers = []
    for file in files:
        content = read_from(Path())(str(file))
        if content is None:
            raise UsageError(f"{file}: no such file")
        layers.append(load_layer(decode_text(content, source=str(file)), name=str(file), source=str(file)))
    return ReleaseSource(None, None, definition, origin, merge_layers(layers, chart=definition))


def _any_chart(chart: str, shelf: ChartShelf, source: str) -> tuple[Chart, str]:
    path = Path(chart)
    if path.exists() and (path.is_dir() or path.suffix == ".tgz"):
        return read_chart(path), chart
    return shelf.take(chart, source)


def _merge(source: StackSource, release: StackRelease, layers: ValueLayers, shelf: Shelf) -> ReleaseSource:
    together = [each.chart for each in releases_without_cloud(source.settings)]
    chart, origin = shelf.take(release.chart, source.settings.charts, together)
    files = layers.load(release.chart, release.profile)
    own = [place_own_values(release.own, source.positions, source.source)] if release.own else []
    merged = merge_layers([*files, *own, computed_layer(release.computed)], chart=chart)
    return ReleaseSource(source, release, chart, origin, merged)


def _computed(settings: Settings, release: str) -> dict[str, Any]:
    return next(plan.computed for plan in releases_without_cloud(settings) if plan.name == release)
