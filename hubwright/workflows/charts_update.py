"""Pin another version of a chart, after showing what it changes: schema, defaults, and which values would break."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hubwright.adapters.chart_packages import read_chart
from hubwright.adapters.charts import ChartPin, Package
from hubwright.adapters.files import replace_file
from hubwright.core.charts import Chart
from hubwright.core.charts_lock import NO_SCHEMA
from hubwright.core.charts_schema import diff_defaults, diff_schemas
from hubwright.core.charts_versions import same_version
from hubwright.core.diff import PropertyDiff
from hubwright.core.errors import HubwrightError
from hubwright.core.progress import progress_step
from hubwright.core.values_schema import SchemaProblem, check_chart_values
from hubwright.workflows.charts import LOCK_MODE, ProjectCharts, newest_of, with_helm, write_lock
from hubwright.workflows.display import Display
from hubwright.workflows.project import Project
from hubwright.workflows.values_sources import load_stack


@dataclass(frozen=True, slots=True)
class ChartUpdate:
    """What another version of a chart would change. `broken` maps a problem to the stacks that have it.

    `compared` is false when the pinned version could not be had: then the diffs are empty, and `broken` lists every
    problem instead of the new ones alone.
    """

    name: str
    old_version: str
    new_version: str
    changes: Mapping[str, str]
    changelog: str | None
    compared: bool
    schema: Sequence[PropertyDiff]
    defaults: Sequence[PropertyDiff]
    broken: Mapping[str, Sequence[str]]

    @property
    def changes_anything(self) -> bool:
        """Whether the lock would be another."""
        return bool(self.changes)


def plan_update(charts: ProjectCharts, name: str, version: str | None, display: Display) -> ChartUpdate:
    """Compare the pinned version of a chart with `version`, or with the newest that its repository has.

    Raises ConfigError when there is no such version, ApiError when the repository cannot be asked.
    """
    pin = charts.pin(name)
    with progress_step(display, f"versions of {name}"):
        wanted = version or newest_of(charts.store, pin)
    target = ChartPin(name, pin.repository, wanted, None, pin.place)
    with_helm(charts, [pin, target], display)
    with progress_step(display, f"chart {name} {wanted}"):
        package = _fetch_anew(charts, target)
    new = read_chart(package.path)
    old = _read_pinned(charts, pin, display)
    broken = {stack: _new_problems(charts.project, stack, name, old, new) for stack in charts.users().get(name, [])}
    return ChartUpdate(
        name,
        pin.version,
        wanted,
        _lock_changes(pin, wanted, package, new),
        pin.changelog or new.home or None,
        old is not None,
        diff_schemas(old, new) if old else [],
        diff_defaults(old, new) if old else [],
        _by_problem(broken),
    )


def apply_update(charts: ProjectCharts, update: ChartUpdate, confirm: Callable[[], None]) -> bool:
    """Write the lock when `confirm` agrees, and renew a vendored package with it; false when nothing would change."""
    if not update.changes_anything:
        return False
    confirm()
    old = charts.pin(update.name)
    new = replace(old, version=update.new_version, sha256=update.changes.get("sha256", old.sha256))
    vendored = charts.store.vendored_path(old)
    if vendored.is_file():
        package = replace(charts.store, vendor=None).find(new)
        assert package is not None, "the update has just been fetched"
        replace_file(charts.store.vendored_path(new), package.path.read_bytes(), mode=LOCK_MODE)
    write_lock(charts, update.name, update.changes)
    if vendored.is_file() and vendored != charts.store.vendored_path(new):
        vendored.unlink()
    return True


def _fetch_anew(charts: ProjectCharts, target: ChartPin) -> Package:
    """Fetch without trusting what this machine remembers: that a digest has changed is for the user to see."""
    store = charts.store
    return store.resolve(target) if store.offline else store.fetch(target, expected=None)


def _read_pinned(charts: ProjectCharts, pin: ChartPin, display: Display) -> Chart | None:
    try:
        return read_chart(charts.store.resolve(pin, notify=lambda _message: None).path)
    except HubwrightError as error:
        display.warn(f"{pin.name} {pin.version} cannot be compared with: {error.message}")
        return None


def _lock_changes(pin: ChartPin, version: str, package: Package, chart: Chart) -> dict[str, str]:
    """The fields that would differ; the application's version only where there is one."""
    wanted = {
        "version": (pin.version, version),
        "sha256": (pin.sha256, package.sha256),
        "schemaSha256": (pin.schema_sha256, chart.schema_sha256 or NO_SCHEMA),
        "appVersion": (pin.app_version, chart.app_version or pin.app_version),
    }
    same = same_version(pin.version, version)
    return {
        field: new for field, (old, new) in wanted.items() if new and new != old and not (field == "version" and same)
    }


@dataclass(frozen=True, slots=True)
class _OneChart:
    """A shelf with the one chart that is looked at."""

    chart: Chart

    def take(self, name: str, wanted: str, together: Sequence[str] = ()) -> tuple[Chart, str]:
        return self.chart, f"{name} {self.chart.version}"


def _new_problems(project: Project, stack: str, chart: str, old: Chart | None, new: Chart) -> list[SchemaProblem]:
    """What the new chart finds wrong with a stack's values and the old one does not."""
    merged = [source.merged for source in load_stack(project, stack, _OneChart(new), chart=chart)]
    before = [problem for values in merged for problem in check_chart_values(replace(values, chart=old))] if old else []
    known = {(problem.path, problem.wanted) for problem in before}
    found = [problem for values in merged for problem in check_chart_values(values)]
    return [problem for problem in found if (problem.path, problem.wanted) not in known]


def _by_problem(found: Mapping[str, Sequence[SchemaProblem]]) -> dict[str, list[str]]:
    stacks: dict[str, list[str]] = {}
    for stack, problems in found.items():
        for problem in problems:
            stacks.setdefault(str(problem), []).append(stack)
    return stacks
