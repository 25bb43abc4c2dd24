"""What the commands about charts have found, as data and as the rows of a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hubwright.core.diff import ChangeKind, PropertyDiff
from hubwright.core.key_paths import format_path

if TYPE_CHECKING:
    from hubwright.adapters.charts import ChartPin, Package
    from hubwright.core.charts_schema import SchemaKey
    from hubwright.workflows.charts import ChartRow, OutdatedRow, VerifyRow
    from hubwright.workflows.charts_update import ChartUpdate

_SIGNS: Final = {ChangeKind.ADD: "+", ChangeKind.REMOVE: "-", ChangeKind.CHANGE: "~"}
_MOST_CHANGES: Final = 60
_SHOWN_VALUE_LENGTH: Final = 80


def list_data(rows: Iterable[ChartRow]) -> dict[str, Any]:
    """Return the pinned charts as JSON-like data."""
    return {
        "version": 1,
        "charts": [
            {
                "name": row.pin.name,
                "version": row.pin.version,
                "appVersion": row.pin.app_version,
                "repository": row.pin.repository,
                "sha256": row.pin.sha256,
                "schemaSha256": row.pin.schema_sha256,
                "package": row.origin,
                "stacks": list(row.stacks),
            }
            for row in rows
        ],
    }


def list_rows(rows: Iterable[ChartRow]) -> dict[str, str]:
    """Return one line for each chart."""
    return {
        row.pin.name: "; ".join(
            [
                row.pin.version,
                f"sha256 {row.pin.sha256[:12]}…" if row.pin.sha256 else "no sha256 yet",
                f"package: {row.origin or 'not here'}",
                f"stacks: {', '.join(row.stacks) or 'none'}",
            ]
        )
        for row in rows
    }


def pull_data(pulled: Iterable[tuple[ChartPin, Package]]) -> dict[str, Any]:
    """Return packages as JSON-like data."""
    return {
        "version": 1,
        "charts": [
            {
                "name": pin.name,
                "version": pin.version,
                "sha256": package.sha256,
                "from": package.origin,
                "path": str(package.path),
            }
            for pin, package in pulled
        ],
    }


def pull_rows(pulled: Iterable[tuple[ChartPin, Package]]) -> dict[str, str]:
    """Return one line for each package."""
    return {pin.name: f"{pin.version}; sha256 {package.sha256}; from {package.origin}" for pin, package in pulled}


def verify_data(rows: Sequence[VerifyRow]) -> dict[str, Any]:
    """Return what was verified as JSON-like data."""
    packages = [
        {
            "name": row.name,
            "version": row.version or None,
            "origin": row.origin,
            "path": str(row.path) if row.path else None,
            "problem": row.problem,
        }
        for row in rows
    ]
    return {"version": 1, "verified": not any(row.problem for row in rows), "packages": packages}


def verify_rows(rows: Iterable[VerifyRow]) -> dict[str, str]:
    """Return one line for each package, several copies of a chart in one."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        said = f"{row.origin}: {row.problem or 'ok'}" if row.origin else "not on this machine"
        lines.setdefault(f"{row.name} {row.version}".strip(), []).append(said)
    return {name: "; ".join(said) for name, said in lines.items()}


def outdated_data(rows: Iterable[OutdatedRow]) -> dict[str, Any]:
    """Return pinned and newest versions as JSON-like data."""
    charts = [
        {
            "name": row.pin.name,
            "version": row.pin.version,
            "newest": row.newest,
            "outdated": row.is_outdated,
            "error": row.error.message if row.error else None,
        }
        for row in rows
    ]
    return {"version": 1, "charts": charts}


def outdated_rows(rows: Iterable[OutdatedRow]) -> dict[str, str]:
    """Return one line for each chart."""
    return {row.pin.name: _outdated(row) for row in rows}


def _outdated(row: OutdatedRow) -> str:
    if row.error:
        return f"{row.pin.version}; cannot be told"
    return f"{row.pin.version} -> {row.newest}" if row.is_outdated else f"{row.pin.version}; the newest"


def update_data(update: ChartUpdate, *, written: bool) -> dict[str, Any]:
    """Return an update as JSON-like data."""
    return {
        "version": 1,
        "chart": update.name,
        "from": update.old_version,
        "to": update.new_version,
        "written": written,
        "changelog": update.changelog,
        "compared": update.compared,
        "lock": dict(update.changes),
        "schema": [_diff_data(change) for change in update.schema],
        "defaults": [_diff_data(change) for change in update.defaults],
        "broken": [{"problem": problem, "stacks": list(stacks)} for problem, stacks in update.broken.items()],
    }


def update_text(update: ChartUpdate) -> str:
    """Return an update as a person reads it: what changes, and at the end what would break."""
    lines = [f"{update.name} {update.old_version} -> {update.new_version}"]
    if update.changelog:
        lines.append(f"changelog: {update.changelog}")
    lines += _lock_lines(update)
    if update.compared:
        lines += _section("schema", update.schema, "the same keys and types")
        lines += _section("defaults", update.defaults, "the same values")
    lines += ["", f"your values: {len(update.broken)} break" if update.broken else "your values: none breaks"]
    lines += [f"  ! {problem} ({', '.join(stacks)})" for problem, stacks in update.broken.items()]
    return "\n".join(lines)


def _lock_lines(update: ChartUpdate) -> list[str]:
    if not update.changes_anything:
        return ["charts.lock: nothing to write"]
    return [f"charts.lock: {field}: {value}" for field, value in update.changes.items()]


def _section(title: str, changes: Sequence[PropertyDiff], none: str) -> list[str]:
    if not changes:
        return ["", f"{title}: {none}"]
    shown = [f"  {_SIGNS[change.kind]} {change.path}: {_values(change)}" for change in changes[:_MOST_CHANGES]]
    if len(changes) > _MOST_CHANGES:
        shown.append(f"  … and {len(changes) - _MOST_CHANGES} more; --output json shows all")
    return ["", f"{title}: {_counts(changes)}", *shown]


def _counts(changes: Sequence[PropertyDiff]) -> str:
    words = {ChangeKind.ADD: "added", ChangeKind.REMOVE: "removed", ChangeKind.CHANGE: "changed"}
    counts = {kind: sum(change.kind is kind for change in changes) for kind in words}
    return ", ".join(f"{count} {words[kind]}" for kind, count in counts.items() if count)


def _values(change: PropertyDiff) -> str:
    if change.kind is ChangeKind.CHANGE:
        return f"{_short(change.old)} -> {_short(change.new)}"
    return _short(change.new if change.kind is ChangeKind.ADD else change.old)


def _short(value: object) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_VALUE_LENGTH else f"{text[:_SHOWN_VALUE_LENGTH]}…"


def _diff_data(change: PropertyDiff) -> dict[str, Any]:
    return {"path": change.path, "kind": change.kind.value, "old": change.old, "new": change.new}


def schema_data(chart: str, found: SchemaKey) -> dict[str, Any]:
    """Return a key's schema as JSON-like data, whole."""
    return {
        "version": 1,
        "chart": chart,
        "key": format_path(found.path),
        "types": found.types,
        "description": found.description,
        "default": found.default,
        "keys": list(found.keys),
        "schema": found.schema,
    }


def schema_rows(found: SchemaKey) -> dict[str, str]:
    """Return what a person wants to know of a key."""
    rows: Mapping[str, str] = {
        "key": format_path(found.path),
        "type": found.types,
        "default": "" if isinstance(found.default, dict) and found.default else json.dumps(found.default),
        "keys": ", ".join(found.keys),
        "description": (found.description or "").replace("\n", "\n             "),
    }
    return {name: text for name, text in rows.items() if text}
