"""What a command opens first: a terminal display, and the project it is about; and how it prints results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubwright.cli.event_display import EventDisplay
from hubwright.cli.terminal import Terminal
from hubwright.core.errors import CancelledError, UsageError
from hubwright.workflows.project import Project, find_project, read_stack_file
from hubwright.workflows.target import DeployTarget

if TYPE_CHECKING:
    from hubwright.workflows.steps import RunReport
    from hubwright.workflows.up import UpReport


class CommandDisplay(EventDisplay):
    """Shows progress and events on a terminal, and prints results."""

    def print_data(self, data: Mapping[str, Any], output: str, *, rows: Mapping[str, Any]) -> None:
        """Print a result on stdout: `data` whole as JSON or YAML, or `rows` as a table of two columns."""
        if output == "json":
            self.terminal.out.print_json(json.dumps(data, default=str))
        elif output == "yaml":
            from hubwright.core.yaml_source import dump_yaml

            self.terminal.out.print(dump_yaml(data), markup=False, end="")
        else:
            self.print_rows(rows)

    def print_rows(self, rows: Mapping[str, Any]) -> None:
        """Print two aligned columns on stdout, without a frame, so that the text can be cut and pasted."""
        width = max((len(name) for name in rows), default=0)
        for name, value in rows.items():
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            self.terminal.out.print(f"{name:<{width}}  {text}", markup=False)


class Session:
    """A display and a project, for the length of one command."""

    def __init__(self, display: CommandDisplay, project: Project) -> None:
        self.display = display
        self.project = project

    def target(self, stack: str, engine: str, speed: str, parallel: int | None) -> DeployTarget:
        """Return the stack to work on. Raises StackNotFoundError before any work begins when there is no such stack."""
        target = DeployTarget(self.project, stack, str(engine), speed, parallel)
        if not target.uses_pulumi():
            read_stack_file(self.project, stack)
        return target

    def confirmation(self, stack: str, verb: str, *, yes: bool) -> Confirmation:
        """Return what asks the user, with the live line out of the way."""
        return Confirmation(stack, verb, yes=yes, before=self.display.close)

    def print_data(self, data: Mapping[str, Any], output: str, *, rows: Mapping[str, Any]) -> None:
        """Print a result on stdout."""
        self.display.close()
        self.display.print_data(data, output, rows=rows)

    def print_run(self, verb: str, report: RunReport | None, output: str) -> None:
        """Print the counts of a preview or a destruction."""
        if report is not None:
            from hubwright.cli.report import describe_counts, run_data

            self.print_data(run_data(report), output, rows={verb: describe_counts(report.result)})

    def print_report(self, report: UpReport | None, output: str) -> None:
        """Print what an update has done and what stands now."""
        if report is None:
            return
        from hubwright.cli.report import report_data, report_rows

        self.print_data(report_data(report), output, rows=report_rows(report))


class Confirmation:
    """Asks before something is changed; `--yes` answers. Without a terminal, `--yes` is required."""

    def __init__(self, stack: str, verb: str, *, yes: bool, before: Callable[[], None] = lambda: None) -> None:
        self.yes = yes
        self._before = before
        self._question = f"{verb} stack {stack}?"

    def __call__(self) -> None:
        """Return when the user agrees. Raises UsageError without a terminal, CancelledError on a no."""
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{self._question} There is no terminal to ask on", hint="add --yes")
        self._before()
        print(f"{self._question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201 - a prompt, not a log
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise CancelledError("nothing was changed")


@contextmanager
def open_display(*, quiet: bool) -> Iterator[CommandDisplay]:
    """Open a display for the length of the block."""
    _silence_retries()
    display = CommandDisplay(Terminal(quiet=quiet))
    try:
        yield display
    finally:
        display.close()


def _silence_retries() -> None:
    """Keep stamina's "retry_scheduled" records off stderr: a retry is news only when it fails, as an error."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([])


@contextmanager
def open_session(project_dir: Path | None, *, quiet: bool) -> Iterator[Session]:
    """Open a display and find the project. Raises ConfigError when there is none."""
    with open_display(quiet=quiet) as display:
        yield Session(display, find_project((project_dir or Path.cwd()).resolve()))
