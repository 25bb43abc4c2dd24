"""A stack's settings, charts and merged values, without running its program: for commands that only look."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from components.charts import ChartCatalog, ChosenChart, packages_in
from components.value_layers import ValueLayers
from hubwright.adapters.chart_packages import read_chart
from hubwright.adapters.charts import read_lock
from hubwright.core.stack_releases import StackRelease
from hubwright.core.values import MergedValues, computed_layer, merge_layers
from hubwright.core.values_schema import check_chart_values, format_problems
from hubwright.workflows.project import Project
from hubwright.workflows.values_sources import CHARTS_LOCK, STAND_INS


@dataclass(frozen=True)
class ReleaseValues:
    """A release with its chart and its values, merged."""

    release: StackRelease
    chart: ChosenChart
    package: Path | None
    merged: MergedValues


def open_catalog(project: Project, source: Literal["official", "stand-in"]) -> ChartCatalog:
    """Open the charts as the program sees them; packages are those that were verified before, in this process."""
    pins = read_lock(project.folder / CHARTS_LOCK)
    return ChartCatalog(
        source=source,
        pins=pins,
        packages=packages_in(os.environ, pins),
        stand_ins=STAND_INS,
        program_folder=project.program_folder,
        read_chart=read_chart,
    )


def merge_release(catalog: ChartCatalog, layers: ValueLayers, release: StackRelease) -> ReleaseValues:
    """Merge the values of a release, layers of files below and computed ones on top."""
    chart = catalog.choose(release.chart)
    merged = merge_layers([*layers.of(release), computed_layer(release.computed)], chart=chart.definition)
    package = catalog.packages.get(release.chart) if catalog.source == "official" else catalog.stand_ins / release.chart
    return ReleaseValues(release, chart, package, merged)


def check_release(values: ReleaseValues) -> None:
    """Check merged values against the chart's schemas. Raises ValuesError that names every fault."""
    if values.chart.definition is not None and (problems := check_chart_values(values.merged)):
        raise format_problems(problems, chart=values.chart.name)
