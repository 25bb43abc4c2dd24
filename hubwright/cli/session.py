"""What a command opens first: a terminal display, and the project it is about; and how it prints results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubwright.cli.event_display import EventDisplay, EventView
from hubwright.cli.terminal import Terminal
from hubwright.core.errors import CancelledError, HubwrightError, UsageError
from hubwright.workflows.project import LOCAL_STACK, Project, find_project

if TYPE_CHECKING:
    from hubwright.engine.options import RunOptions
    from hubwright.workflows.steps import RunReport
    from hubwright.workflows.target import DeployTarget
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

    def target(
        self,
        stack: str | None,
        engine: str,
        *,
        speed: str | None = None,
        parallel: int | None = None,
        run: RunOptions | None = None,
        default: str | None = LOCAL_STACK,
    ) -> DeployTarget:
        """Return the stack to work on; `default` stands in where none is named or selected.

        Raises UsageError for none, ConfigError for a wrong speed, before any work begins.
        """
        from hubwright.engine.options import RunOptions
        from hubwright.sandbox.sandbox import parse_speed
        from hubwright.workflows.backend_url import backend_url
        from hubwright.workflows.selection import resolve_stack
        from hubwright.workflows.target import DeployTarget

        if speed is not None:
            parse_speed(speed)
        url = backend_url(self.project, os.environ)
        name = resolve_stack(self.project, stack, url, os.environ, default=default)
        return DeployTarget(self.project, name, str(engine), speed, parallel, run or RunOptions())

    def keep_events(self, target: DeployTarget) -> None:
        """Keep the events of the command's runs in a log of the stack."""
        from hubwright.workflows.event_log import EventLog

        log = EventLog(self.project.local_folder / "logs" / target.stack)
        self.display.listen(log.write, log.close)

    def confirmation(self, stack: str, verb: str, *, yes: bool) -> Confirmation:
        """Return what asks the user, with the live line out of the way."""
        return self.question(f"{verb} stack {stack}?", yes=yes)

    def question(self, text: str, *, yes: bool) -> Confirmation:
        """Return what asks any question, with the live line out of the way."""
        return Confirmation(text, yes=yes, before=self.display.close_live)

    def print_data(self, data: Mapping[str, Any], output: str, *, rows: Mapping[str, Any]) -> None:
        """Print a result on stdout."""
        self.display.close()
        self.display.print_data(data, output, rows=rows)

    def print_run(self, report: RunReport, output: str) -> None:
        """Print the counts of a run as data; as a table its tree has said them already."""
        from hubwright.cli.report import run_data

        if not self.display.view.json_lines:
            self.print_data(run_data(report), output, rows={})

    def print_report(self, report: UpReport, output: str) -> None:
        """Print what an update has done and what stands now."""
        from hubwright.cli.report import report_data, report_rows

        if not self.display.view.json_lines:
            self.print_data(report_data(report), output, rows=report_rows(report))


class Confirmation:
    """Asks before something is changed; `--yes` answers. Without a terminal, `--yes` is required."""

    def __init__(self, question: str, *, yes: bool, before: Callable[[], None] = lambda: None) -> None:
        self.yes = yes
        self._before = before
        self._question = question

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
def open_display(*, quiet: bool, view: EventView | None = None) -> Iterator[CommandDisplay]:
    """Open a display for the length of the block."""
    _silence_retries()
    display = CommandDisplay(Terminal(quiet=quiet), view)
    try:
        yield display
    except HubwrightError as error:
        display.error_event(error)
        raise
    finally:
        display.close()


def _silence_retries() -> None:
    """Keep stamina's "retry_scheduled" records off stderr: a retry is news only when it fails, as an error."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([])


@contextmanager
def open_session(project_dir: Path | None, *, quiet: bool, view: EventView | None = None) -> Iterator[Session]:
    """Open a display and find the project. Raises ConfigError when there is none."""
    with open_display(quiet=quiet, view=view) as display:
        yield Session(display, find_project((project_dir or Path.cwd()).resolve()))
