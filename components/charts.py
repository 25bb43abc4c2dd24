"""Which chart a release uses: the official one by its pin, or the sandbox's stand-in; and what it says about values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from hubwright.core.charts import Chart, verified_package
from hubwright.core.errors import ConfigError

ChartSource = Literal["official", "stand-in"]


class ChartPin(Protocol):
    """A pinned chart, as `charts-values/charts.lock` names it."""

    @property
    def helm_chart(self) -> str:
        """The chart as Helm names it: a name, or the ``oci://`` address in a registry."""

    @property
    def helm_repository(self) -> str | None:
        """The address of the chart's repository, None for a registry."""

    @property
    def version(self) -> str:
        """The exact version."""


@dataclass(frozen=True)
class ChosenChart:
    """How a release names its chart.

    `chart` is a name in `repository`, an ``oci://`` address, or for a stand-in a path relative to the program's folder:
    no path of this machine enters the state. `definition` holds defaults and schema; None when the chart is not on this
    machine.
    """

    name: str
    chart: str
    version: str | None
    repository: str | None
    definition: Chart | None


@dataclass(frozen=True)
class ChartCatalog:
    """Chooses charts. `packages` maps names to charts on this machine that were fetched and verified before."""

    source: ChartSource
    pins: Mapping[str, ChartPin]
    packages: Mapping[str, Path]
    stand_ins: Path
    program_folder: Path
    read_chart: Callable[[Path], Chart]

    def choose(self, name: str) -> ChosenChart:
        """The chart to use. Raises ConfigError when there is none of that name."""
        return self._stand_in(name) if self.source == "stand-in" else self._official(name)

    def _stand_in(self, name: str) -> ChosenChart:
        folder = self.stand_ins / name
        if not folder.is_dir():
            raise ConfigError(
                f"there is no stand-in for the chart {name!r}",
                hint="set hubwright:charts to official, which needs the chart's repository within reach",
            )
        definition = self.read_chart(folder)
        return ChosenChart(name, os.path.relpath(folder, self.program_folder), None, None, definition)

    def _official(self, name: str) -> ChosenChart:
        pin = self.pins.get(name)
        if pin is None:
            raise ConfigError(f"the chart {name!r} is not pinned", hint="add it to charts-values/charts.lock")
        package = self.packages.get(name)
        definition = self.read_chart(package) if package else None
        return ChosenChart(name, pin.helm_chart, pin.version, pin.helm_repository, definition)


def packages_in(environ: Mapping[str, str], pins: Mapping[str, ChartPin]) -> dict[str, Path]:
    """The verified packages of pinned charts that `$HUBWRIGHT_CHART_<NAME>` point at."""
    found = {name: verified_package(environ, name, pin.version) for name, pin in pins.items()}
    return {name: Path(path) for name, path in found.items() if path}
