"""Explain, render, compare and check the chart values of stacks, from files alone."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.value_layers import ReadFile
from hubwright.adapters.git import check_revision, read_at_revision
from hubwright.core.diff import PropertyDiff, changed_leaves, make_diff
from hubwright.core.errors import ConfigError, UsageError, ValuesError
from hubwright.core.key_paths import Path as KeyPath
from hubwright.core.key_paths import format_path, parse_path
from hubwright.core.nearest import nearest_name
from hubwright.core.schema_lookup import KeySchema, describe_key, first_sentence
from hubwright.core.setting_influences import influences_of
from hubwright.core.settings import NAMESPACE
from hubwright.core.values import Setting, StandIn
from hubwright.core.values_advice import Advice, advise
from hubwright.core.values_masking import MASK, is_secret_path, mask_values
from hubwright.core.values_schema import SchemaProblem, check_chart_values
from hubwright.core.yaml_source import decode_text, load_yaml
from hubwright.workflows.display import Display
from hubwright.workflows.project import Project
from hubwright.workflows.values_sources import ChartShelf, ReleaseSource, load_files, load_stack

_ABSENT = object()


@dataclass(frozen=True)
class Explanation:
    """One value: who set it, strongest first, what the schema says, and the settings behind a computed one."""

    chart: str
    path: KeyPath
    value: Any
    settings: tuple[Setting, ...]
    schema: KeySchema
    influences: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedRelease:
    """What is wrong with the values of one release, and what is likely wrong."""

    stack: str | None
    chart: str
    chart_source: str
    errors: tuple[SchemaProblem, ...] = ()
    warnings: tuple[Advice, ...] = ()
    failure: str | None = None
    """Why nothing could be merged at all, such as broken YAML."""


@dataclass(frozen=True)
class ChartDiff:
    """What differs in the values of one chart."""

    chart: str
    changes: tuple[PropertyDiff, ...]


def explain_key(project: Project, stack: str, key: str, display: Display) -> list[Explanation]:
    """Explain ``chart.path``, or every value below it. Raises UsageError that suggests the nearest key."""
    release, path = _find_release(load_stack(project, stack, ChartShelf(project, display)), key)
    found = [leaf for leaf in _leaves(release.merged.effective, ()) if _is_below(leaf, path)]
    if not found and release.merged.history(path):
        found = [path]
    if not found:
        raise _unknown_key(release, path, key)
    return [_explain(release, leaf) for leaf in found]


def render_values(
    project: Project, stack: str, display: Display, *, chart: str | None = None, read: ReadFile | None = None
) -> list[ReleaseSource]:
    """Merge what Helm would be given; the caller masks it."""
    return load_stack(project, stack, ChartShelf(project, display), chart=chart, read=read)


def diff_values(
    project: Project, stack: str, base: str, display: Display, *, chart: str | None = None
) -> list[ChartDiff]:
    """Compare a stack's values with those at a git revision, or in a file that `render_values` made."""
    new = render_values(project, stack, display, chart=chart)
    if Path(base).is_file():
        old = _read_rendered(Path(base), new, chart)
    else:
        commit = check_revision(project.folder, base)
        read = _at_commit(project, commit)
        sources = load_stack(project, stack, ChartShelf(project, display), chart=chart, read=read)
        old = {source.chart_name: source.merged.values for source in sources}
    compare_masked = Path(base).is_file()
    return [_diff_release(source, old.get(source.chart_name, {}), masked=compare_masked) for source in new]


def check_stacks(
    project: Project, stacks: Sequence[str], display: Display, *, chart: str | None
) -> list[CheckedRelease]:
    """Check the values of stacks, each chart read once; a stack that cannot be read does not hide the others."""
    gc.freeze()  # what was imported is not looked at again for each stack
    shelf = ChartShelf(project, display)
    checked = []
    for stack in stacks:
        try:
            checked += [_check(source) for source in load_stack(project, stack, shelf, chart=chart)]
        except ConfigError as error:
            hint = f" ({error.hint})" if error.hint else ""
            checked.append(CheckedRelease(stack, chart or "", "", failure=f"{error.message}{hint}"))
    return checked


def check_files(project: Project, files: Sequence[Path], chart: str, display: Display) -> list[CheckedRelease]:
    """Check values files, the last one on top, against a chart."""
    return [_check(load_files(files, chart, ChartShelf(project, display), "auto"))]


def _check(source: ReleaseSource) -> CheckedRelease:
    return CheckedRelease(
        source.stack.stack if source.stack else None,
        source.chart_name,
        source.chart_source,
        tuple(check_chart_values(source.merged)),
        tuple(advise(source.merged)),
    )


def _find_release(releases: Sequence[ReleaseSource], key: str) -> tuple[ReleaseSource, KeyPath]:
    """Split ``chart.path``; the chart may be left out where the path is known to one chart only."""
    path = tuple(step for step in parse_path(key) if step != "*")
    if not path:
        raise UsageError("which key?", hint=f"name one, such as {releases[-1].chart_name}.{_example(releases[-1])}")
    named = [release for release in releases if path[0] == release.chart_name]
    if named:
        return named[0], path[1:]
    knowing = [release for release in releases if release.merged.history(path)]
    if len(knowing) == 1:
        return knowing[0], path
    names = [release.chart_name for release in releases]
    near = nearest_name(str(path[0]), names)
    if near:
        raise UsageError(f"no chart {path[0]!r} in this stack", hint=f"did you mean {near}.{format_path(path[1:])}?")
    return releases[-1], path


def _example(release: ReleaseSource) -> str:
    return format_path(next(iter(_leaves(release.merged.values, ())), ("hub",)))


def _leaves(value: Any, path: KeyPath) -> list[KeyPath]:
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [path]


def _is_below(leaf: KeyPath, path: KeyPath) -> bool:
    return leaf[: len(path)] == path


def _explain(release: ReleaseSource, path: KeyPath) -> Explanation:
    history = release.merged.history(path)
    behind: tuple[str, ...] = ()
    if any(setting.is_computed for setting in history) and release.stack:
        stack = release.stack
        behind = tuple(
            f"{NAMESPACE}:{format_path(setting)} ({stack.place(setting)})"
            for setting in influences_of(path, release.influences)
        )
    value = _at(release.merged.effective, path)
    schema = describe_key(release.chart, path)
    return Explanation(release.chart_name, path, None if value is _ABSENT else value, history[::-1], schema, behind)


def _unknown_key(release: ReleaseSource, path: KeyPath, key: str) -> UsageError:
    """Follow the path as far as it goes, and suggest a key there."""
    known: Any = release.merged.effective
    for length, step in enumerate(path):
        below = known.get(step, _ABSENT) if isinstance(known, dict) else _ABSENT
        if below is _ABSENT:
            names = [str(name) for name in known] if isinstance(known, dict) else []
            near = nearest_name(str(step), names)
            parent = format_path((release.chart_name, *path[:length]))
            whole = format_path((release.chart_name, *path[:length], near, *path[length + 1 :])) if near else ""
            keys = f"{parent} has {', '.join(names[:12])}{', …' if len(names) > 12 else ''}" if names else None
            return UsageError(f"nothing sets {key}", hint=f"did you mean {whole}?" if near else keys)
        known = below
    return UsageError(f"nothing sets {key}")


def _at(values: Any, path: KeyPath) -> Any:
    for key in path:
        has_item = isinstance(values, list) and isinstance(key, int) and key < len(values)
        if not has_item and not (isinstance(values, dict) and key in values):
            return _ABSENT
        values = values[key]
    return values


def _at_commit(project: Project, commit: str) -> ReadFile:
    return lambda path: read_at_revision(project.folder, commit, path)


def _read_rendered(file: Path, new: Sequence[ReleaseSource], chart: str | None) -> dict[str, Any]:
    """Read what `values render` wrote: JSON or YAML with `charts`, or one chart's values alone."""
    data = load_yaml(decode_text(file.read_bytes(), source=str(file)), source=str(file))
    if isinstance(data, dict) and isinstance(data.get("charts"), dict) and "version" in data:
        return dict(data["charts"])
    if chart is None:
        raise UsageError(
            f"{file} holds the values of one chart: which?",
            hint=f"add --chart, one of {', '.join(source.chart_name for source in new)}",
        )
    if not isinstance(data, dict):
        raise ConfigError(f"{file}:1: values must be a map of keys")
    return {new[0].chart_name: data}


def _diff_release(source: ReleaseSource, old: Any, *, masked: bool) -> ChartDiff:
    new: Any = mask_values(source.merged.values) if masked else source.merged.values
    changes = []
    for path, before, after in changed_leaves(old, new, is_leaf=lambda value: isinstance(value, StandIn)):
        hidden = is_secret_path(path)
        show = (lambda _: MASK) if hidden else mask_values
        changes.append(make_diff(path, before, after, show=show, origin=source.merged.origin(path)))
    return ChartDiff(source.chart_name, tuple(changes))


def require_no_errors(checked: Sequence[CheckedRelease], *, strict: bool) -> None:
    """Raise ValuesError when something is wrong; `strict` counts warnings too."""
    errors, warnings = count_faults(checked)
    if errors or (strict and warnings):
        described = next((p for release in checked for p in release.errors if p.description), None)
        hint = f"{format_path(described.path)}: {first_sentence(described.description)}" if described else None
        raise ValuesError("the values are not right" if errors else "there are warnings (--strict)", hint=hint)


def count_faults(checked: Sequence[CheckedRelease]) -> tuple[int, int]:
    """How many errors and warnings there are."""
    errors = sum(len(release.errors) + (release.failure is not None) for release in checked)
    return errors, sum(len(release.warnings) for release in checked)
