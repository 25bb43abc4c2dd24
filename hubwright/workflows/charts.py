"""The charts of a project: which a stack needs, making them ready for a run, and `hubwright charts list|pull|…`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from components.value_layers import read_from
from hubwright.adapters.chart_packages import read_chart
from hubwright.adapters.charts import (
    ChartPin,
    ChartStore,
    Package,
    PackageCopy,
    check_package,
    file_digest,
    read_lock,
    repository_reachable,
)
from hubwright.adapters.files import replace_file
from hubwright.core.charts import package_variable
from hubwright.core.charts_lock import NO_SCHEMA, edit_lock
from hubwright.core.charts_schema import SchemaKey, find_schema_key
from hubwright.core.charts_versions import is_newer, is_prerelease, newest_version
from hubwright.core.errors import ConfigError, HubwrightError, UsageError
from hubwright.core.key_paths import parse_path
from hubwright.core.nearest import nearest_name
from hubwright.core.progress import progress_step
from hubwright.core.stack_releases import releases_without_cloud
from hubwright.toolchain import ensure_toolchain
from hubwright.workflows.display import Display
from hubwright.workflows.project import Project
from hubwright.workflows.values_sources import CHARTS_LOCK, open_store, read_stack_source

LOCK_MODE: Final = 0o644
_REACHABLE_TIMEOUT_S: Final = 2.0
_ASKED_AT_ONCE: Final = 8


@dataclass(frozen=True)
class ProjectCharts:
    """The lock of a project and the store that its charts come from."""

    project: Project
    lock_file: Path
    pins: Mapping[str, ChartPin]
    store: ChartStore

    def pin(self, name: str) -> ChartPin:
        """The pin of a chart. Raises ConfigError for one that the lock does not have."""
        if name in self.pins:
            return self.pins[name]
        near = nearest_name(name, self.pins)
        raise ConfigError(
            f"the chart {name!r} is not pinned in {self.lock_file.name}",
            hint=f"did you mean {near}?" if near else f"it pins {', '.join(self.pins)}; add an entry for another",
        )

    def choose(self, names: Sequence[str], stack: str | None, *, everything: bool) -> list[ChartPin]:
        """The pins that a command is about: those named, those a stack needs, all, or those that any stack needs."""
        if sum((bool(names), stack is not None, everything)) > 1:
            raise UsageError("name charts, or use --stack, or --all: one of them")
        if names:
            return [self.pin(name) for name in dict.fromkeys(names)]
        if everything:
            return list(self.pins.values())
        if stack is not None:
            return [self.pin(name) for name in stack_charts(self.project, stack)]
        used = self.users()
        return [pin for name, pin in self.pins.items() if used.get(name)]

    def users(self) -> dict[str, list[str]]:
        """The stacks that need each chart."""
        found: dict[str, list[str]] = {}
        for stack in self.project.stacks():
            for name in stack_charts(self.project, stack):
                found.setdefault(name, []).append(stack)
        return found


def open_charts(project: Project, *, offline: bool = False) -> ProjectCharts:
    """Read a project's lock and find its store. Raises ConfigError for a lock that is missing or wrong."""
    lock_file = project.folder / CHARTS_LOCK
    return ProjectCharts(project, lock_file, read_lock(lock_file), open_store(project, offline=offline))


def stack_charts(project: Project, stack: str) -> tuple[str, ...]:
    """The charts that a stack deploys. Raises StackNotFoundError, or ConfigError that names file and line."""
    settings = read_stack_source(project, stack, read_from(project.folder)).settings
    return tuple(dict.fromkeys(release.chart for release in releases_without_cloud(settings)))


def hand_over_charts(charts: ProjectCharts, stack: str, display: Display) -> None:
    """Make the packages ready that a stack needs, and tell this process's program and engine where they are."""
    for name in stack_charts(charts.project, stack):
        pin = charts.pin(name)
        with progress_step(display, f"chart {name} {pin.version}"):
            package = charts.store.resolve(pin, notify=display.warn)
        os.environ[package_variable(name)] = str(package.path)


def charts_within_reach(charts: ProjectCharts, stack: str) -> bool:
    """Whether a stack's charts are on this machine, or their repositories answer."""
    absent = [pin for name in stack_charts(charts.project, stack) if not charts.store.find(pin := charts.pin(name))]
    if not absent:
        return True
    return not charts.store.offline and repository_reachable(absent, timeout_s=_REACHABLE_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One chart of the lock; `origin` is None when its package is not on this machine."""

    pin: ChartPin
    origin: str | None
    stacks: Sequence[str]


def list_charts(charts: ProjectCharts) -> list[ChartRow]:
    """Say for each pinned chart where its package is and which stacks need it."""
    users = charts.users()
    rows = []
    for name, pin in charts.pins.items():
        origin: str | None
        try:
            found = charts.store.find(pin)
            origin = found.origin if found else None
        except ConfigError:
            origin = "does not verify"
        rows.append(ChartRow(pin, origin, users.get(name, [])))
    return rows


def pull_charts(
    charts: ProjectCharts, pins: Iterable[ChartPin], display: Display, *, lock: bool = False
) -> list[tuple[ChartPin, Package]]:
    """Make packages ready in the cache; with `lock`, write what the lock does not know about them yet."""
    pulled = []
    for pin in with_helm(charts, pins, display):
        with progress_step(display, f"chart {pin.name} {pin.version}"):
            package = charts.store.resolve(pin, notify=(lambda _message: None) if lock else display.warn)
        pulled.append((pin, package))
        if lock and (changes := missing_facts(pin, package)):
            write_lock(charts, pin.name, changes)
            display.line(f"{pin.place}: {', '.join(changes)} written")
    return pulled


def with_helm(charts: ProjectCharts, pins: Iterable[ChartPin], display: Display) -> list[ChartPin]:
    """Find Helm when one of the charts has to come from a registry, and return the pins."""
    listed = list(pins)
    if not charts.store.offline and any(pin.is_oci and not charts.store.find(pin) for pin in listed):
        os.environ["HUBWRIGHT_HELM"] = str(ensure_toolchain(display).helm)
    return listed


def missing_facts(pin: ChartPin, package: Package) -> dict[str, str]:
    """The fields that the lock leaves open and the package answers."""
    chart = check_package(pin, package.path.read_bytes())
    facts = {
        "sha256": (pin.sha256, package.sha256),
        "schemaSha256": (pin.schema_sha256, chart.schema_sha256 or NO_SCHEMA),
        "appVersion": (pin.app_version, chart.app_version),
    }
    return {field: found for field, (known, found) in facts.items() if not known and found}


def write_lock(charts: ProjectCharts, name: str, changes: Mapping[str, str]) -> None:
    """Change fields of one chart in the lock file, at once and with its comments kept."""
    text = charts.lock_file.read_text(encoding="utf-8")
    edited = edit_lock(text, name, changes, source=charts.lock_file.name)
    replace_file(charts.lock_file, edited, mode=LOCK_MODE)


@dataclass(frozen=True, slots=True)
class VerifyRow:
    """One copy of a package that was looked at; `problem` is None when it is what the lock says.

    `origin` and `path` are None for a chart that is not on this machine.
    """

    name: str
    version: str
    origin: str | None
    path: Path | None
    problem: str | None


def verify_charts(charts: ProjectCharts, pins: Iterable[ChartPin]) -> list[VerifyRow]:
    """Hash every package again, in vendor and cache, and compare it and what is inside with the lock.

    Packages of `charts-values/vendor` that no pin names are reported too: nothing would use them.
    """
    rows = []
    for pin in pins:
        copies = list(charts.store.copies(pin))
        rows += [VerifyRow(pin.name, pin.version, each.origin, each.path, _verify(pin, each)) for each in copies]
        if not copies:
            rows.append(VerifyRow(pin.name, pin.version, None, None, None))
    named = {charts.store.vendored_path(pin) for pin in charts.pins.values()}
    strays = [path for path in sorted((charts.project.folder / "charts-values/vendor").glob("*")) if path not in named]
    rows += [VerifyRow(path.name, "", "vendor", path, "no pin names it: delete it") for path in strays]
    return rows


def _verify(pin: ChartPin, copy: PackageCopy) -> str | None:
    digest = file_digest(copy.path)
    if copy.expected and digest != copy.expected:
        return f"{pin.place} wants sha256 {copy.expected}, the file has {digest}"
    try:
        chart = check_package(pin, copy.path.read_bytes())
    except ConfigError as error:
        return error.message
    if pin.app_version and pin.app_version != chart.app_version:
        return f"{pin.place} says appVersion {pin.app_version}, Chart.yaml says {chart.app_version or 'none'}"
    return None


@dataclass(frozen=True, slots=True)
class OutdatedRow:
    """A chart, the newest version that its repository has, or why that could not be found out."""

    pin: ChartPin
    newest: str | None
    error: HubwrightError | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether there is a newer version than the pinned one."""
        return self.newest is not None and is_newer(self.newest, self.pin.version)


def find_outdated(charts: ProjectCharts, pins: Sequence[ChartPin], *, prereleases: bool = False) -> list[OutdatedRow]:
    """Ask each repository for its newest version. Pre-releases count for charts that are pinned to one."""

    def ask(pin: ChartPin) -> OutdatedRow:
        try:
            return OutdatedRow(pin, newest_of(charts.store, pin, prereleases=prereleases))
        except HubwrightError as error:
            return OutdatedRow(pin, None, error)

    with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
        return list(pool.map(ask, pins))


def newest_of(store: ChartStore, pin: ChartPin, *, prereleases: bool = False) -> str:
    """The newest version that the repository has. Raises ConfigError when it has none of the chart."""
    found = newest_version(store.versions(pin), prereleases=prereleases or is_prerelease(pin.version))
    if found is None:
        raise ConfigError(f"{pin.place}: {pin.repository} has no version of the chart {pin.name}")
    return found


def vendor_charts(charts: ProjectCharts, pins: Iterable[ChartPin], display: Display) -> list[tuple[ChartPin, Path]]:
    """Copy packages into charts-values/vendor, where every run looks first."""
    # What is there already is not believed: the copy comes from the cache or the repository.
    elsewhere = replace(charts, store=replace(charts.store, vendor=None))
    copied = []
    for pin, package in pull_charts(elsewhere, pins, display):
        target = charts.store.vendored_path(pin)
        if not target.is_file() or file_digest(target) != package.sha256:
            replace_file(target, package.path.read_bytes(), mode=LOCK_MODE)
        copied.append((pin, target))
    return copied


def read_schema(charts: ProjectCharts, name: str, key: str, display: Display) -> SchemaKey:
    """Return what a pinned chart says about a key. Raises UsageError for a key that it does not know."""
    (_, package), *_ = pull_charts(charts, [charts.pin(name)], display)
    return find_schema_key(read_chart(package.path), parse_path(key))
