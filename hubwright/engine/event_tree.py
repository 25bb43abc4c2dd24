"""A whole run as text: the tree of what changes, under its parents, with its properties, and a line of counts.

A pure function of the run's events, so that a terminal, a log of CI and a comment on a pull request show the same
lines. Siblings are sorted, since resources that are independent come in another order each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hubwright.engine.event_words import describe_counts, describe_diff, done_word, planned_word, sign
from hubwright.engine.events import (
    PREVIEWING,
    EngineEvent,
    Operation,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceSkipped,
    ResourceStarted,
    Step,
    Summary,
)
from hubwright.engine.urn import parse_urn

_FAILED_SIGN: Final = "!"
_SKIPPED_SIGN: Final = "."
_QUIET: Final = frozenset({Operation.SAME, Operation.READ, Operation.REFRESH})
_WITH_DIFF: Final = frozenset({Operation.UPDATE, Operation.REPLACE, Operation.IMPORT_REPLACEMENT})
_SECOND_HALVES: Final = frozenset({Operation.DELETE_REPLACED, Operation.DISCARD_REPLACED})
_MAX_REASON_LENGTH: Final = 120


@dataclass(slots=True)
class _Row:
    """One resource of the tree. `status` is empty for what is only there as an ancestor."""

    urn: str
    parent: str = ""
    sign: str = ""
    status: str = ""
    step: Step | None = None
    children: list[_Row] = field(default_factory=list)

    @property
    def title(self) -> str:
        try:
            parsed = parse_urn(self.urn)
        except ValueError:
            return self.urn
        return f"{parsed.type} {parsed.name}"


def render_run(events: Sequence[EngineEvent], *, show_diff: bool = False) -> list[str]:
    """Return the lines of one run: changed resources below their ancestors, then the counts.

    A preview shows the changed properties of updates and replacements, long values cut. `show_diff` shows those of
    every operation, in full. Returns the counts alone when nothing changes, and no counts before the run has ended.
    """
    summary = next((event for event in reversed(events) if isinstance(event, Summary)), None)
    planned = summary is not None and summary.kind in PREVIEWING
    rows = _rows(events)
    lines: list[str] = []
    for root in _roots(rows):
        lines += _draw(root, "", "", show_diff=show_diff, planned=planned)
    if summary is None:
        return lines
    counts = describe_counts(summary.counts, planned=planned, failed=summary.failed)
    took = "" if planned else f" ({summary.duration_s:.1f} s)"
    return [*lines, *([""] if lines else []), f"{counts}{took}"]


def _rows(events: Sequence[EngineEvent]) -> dict[str, _Row]:
    """Return what happened to each resource; of several things the last counts, except for the end of a replacement."""
    rows: dict[str, _Row] = {}
    for event in events:
        match event:
            case ResourcePlanned(step):
                _note(rows, step, sign(step.operation), planned_word(step.operation))
            case ResourceStarted(step):
                _note(rows, step, sign(step.operation), "interrupted")
            case ResourceDone(step, duration_s):
                _note(rows, step, sign(step.operation), f"{done_word(step.operation)} ({duration_s:.1f} s)")
            case ResourceFailed(urn, error, step):
                row = rows.setdefault(urn, _Row(urn))
                row.sign, row.status = _FAILED_SIGN, f"failed: {_first_line(error.message)}"
                row.step, row.parent = step or row.step, step.parent if step else row.parent
            case ResourceSkipped(urn, because):
                row = rows.setdefault(urn, _Row(urn))
                row.sign, row.status = _SKIPPED_SIGN, f"skipped: {because}"
    return rows


def _note(rows: dict[str, _Row], step: Step, mark: str, status: str) -> None:
    row = rows.setdefault(step.urn, _Row(step.urn))
    row.parent = row.parent or step.parent
    known = row.step.operation if row.step else None
    if step.operation in _QUIET:
        # News only of what has no other: a refresh or a read before an update is not what happened.
        row.step = row.step or step
        if row.status == "" and step.operation is Operation.READ:
            row.sign, row.status = mark, status
        return
    if step.operation in _SECOND_HALVES and known not in (None, step.operation, *_QUIET):
        return
    row.sign, row.status, row.step = mark, status, step


def _roots(rows: dict[str, _Row]) -> list[_Row]:
    """Link what changed, and its ancestors, into trees."""
    shown: dict[str, _Row] = {}
    for row in list(rows.values()):
        if row.status:
            _show(row, rows, shown)
    roots: list[_Row] = []
    for row in shown.values():
        parent = shown.get(row.parent)
        (parent.children if parent else roots).append(row)
    return sorted(roots, key=_order)


def _show(row: _Row, rows: dict[str, _Row], shown: dict[str, _Row]) -> None:
    while row.urn not in shown:
        shown[row.urn] = row
        if not row.parent:
            return
        row = rows.get(row.parent) or _Row(row.parent)


def _order(row: _Row) -> tuple[str, str]:
    kind, _, name = row.title.partition(" ")
    return kind, name


def _draw(row: _Row, branch: str, below: str, *, show_diff: bool, planned: bool) -> list[str]:
    status = f"  {row.status}{_because(row.step)}" if row.status else ""
    lines = [f"{row.sign:<2} {branch}{row.title}{status}"]
    children = sorted(row.children, key=_order)
    if row.step and row.status and (show_diff or (planned and row.step.operation in _WITH_DIFF)):
        stem = f"{below}{'│ ' if children else '  '}"
        lines += [f"   {stem}    {describe_diff(diff, whole=show_diff)}" for diff in row.step.diff]
    for child in children:
        last = child is children[-1]
        deeper = f"{below}{'   ' if last else '│  '}"
        lines += _draw(child, f"{below}{'└─ ' if last else '├─ '}", deeper, show_diff=show_diff, planned=planned)
    return lines


def _because(step: Step | None) -> str:
    return f": {', '.join(step.replaced_by)}" if step and step.replaced_by else ""


def _first_line(message: str) -> str:
    line = message.partition("\n")[0]
    return line if len(line) <= _MAX_REASON_LENGTH else f"{line[: _MAX_REASON_LENGTH - 1]}…"
