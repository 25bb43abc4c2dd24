"""The options of a run as the engine takes them, and the combinations that make no sense."""

from __future__ import annotations

from collections.abc import Sequence

from hubwright.cli.event_display import EventView
from hubwright.cli.options import OutputFormat
from hubwright.core.errors import UsageError
from hubwright.engine.events import UpdateKind
from hubwright.engine.options import RunOptions


def make_run_options(
    *,
    refresh: bool = False,
    target: Sequence[str] | None = None,
    target_dependents: bool = False,
    exclude: Sequence[str] | None = None,
    exclude_dependents: bool = False,
    replace: Sequence[str] | None = None,
    target_replace: Sequence[str] | None = None,
    continue_on_error: bool = False,
) -> RunOptions:
    """Return what one run is asked. Raises UsageError for options that exclude each other or do nothing alone."""
    if exclude and (target or target_replace):
        raise UsageError("--exclude and --target exclude each other", hint="name what is wanted, or what is not")
    if target_dependents and not (target or target_replace):
        raise UsageError("--target-dependents needs --target")
    if exclude_dependents and not exclude:
        raise UsageError("--exclude-dependents needs --exclude")
    return RunOptions(
        refresh=refresh,
        targets=tuple(target or ()),
        target_dependents=target_dependents,
        excludes=tuple(exclude or ()),
        exclude_dependents=exclude_dependents,
        replace=tuple(replace or ()),
        target_replace=tuple(target_replace or ()),
        continue_on_error=continue_on_error,
    )


def make_view(kind: UpdateKind, *, diff: bool, json_lines: bool, output: OutputFormat) -> EventView:
    """Return how a command whose own run is of `kind` shows it. Raises UsageError when stdout would have two forms."""
    if json_lines and output is not OutputFormat.TABLE:
        raise UsageError(
            f"--json and --output {output} both want stdout", hint="--json: events; --output json: the result"
        )
    kinds = frozenset({kind}) if output is OutputFormat.TABLE else frozenset()
    return EventView(kinds, show_diff=diff, json_lines=json_lines)
