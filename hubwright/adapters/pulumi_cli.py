"""Runs the Pulumi CLI, through its Automation API where a run has events, and keeps its exit code.

The API's own `PulumiCommand` gives no hold of the process that it starts. Ours does, so that Ctrl-C reaches the CLI
exactly once, and adds the options that the API has no parameter for.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from hubwright.core.errors import AuthenticationError, HubwrightError, StackNotFoundError

if TYPE_CHECKING:
    from pulumi.automation import CommandResult, PulumiCommand, Stack
    from pulumi.automation.events import EngineEvent

RunVerb = Literal["up", "preview", "destroy", "refresh", "preview_destroy", "preview_refresh"]

_DEPLOYING: Final = frozenset({"up", "preview", "destroy", "refresh"})
_COLOR: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
_MAX_MESSAGE_LINES: Final = 12


class PulumiExitError(HubwrightError):
    """The Pulumi CLI ended with an exit code other than 0."""

    code = "pulumi"

    def __init__(self, verb: str, status: int, said: str = "") -> None:
        super().__init__(f"pulumi {verb} ended with exit code {status}{': ' if said else ''}{said}")
        self.exit_code = status if status > 0 else 1


def exit_error(verb: str, status: int, stderr: str) -> HubwrightError:
    """Return the error of ours for what the CLI ended with; exit codes are the same on both sides."""
    said = plain_text(stderr).strip()
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    shown = "\n".join((errors or lines)[-_MAX_MESSAGE_LINES:])
    for kind in (StackNotFoundError, AuthenticationError):
        if status == kind.exit_code:
            return kind(f"pulumi {verb}: {shown}")
    return PulumiExitError(verb, status, shown)


def plain_text(text: str) -> str:
    """Return a text of the CLI without its colour marks."""
    return _COLOR.sub("", text)


def run_pulumi(
    arguments: Sequence[str], folder: Path, stack: str | None = None, *, environment: Mapping[str, str] | None = None
) -> None:
    """Run `pulumi` with the terminal handed through. Raises PulumiExitError with its exit code."""
    done = subprocess.run(
        _command(arguments, stack), cwd=folder, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        raise PulumiExitError(arguments[0], done.returncode)


def capture_pulumi(
    arguments: Sequence[str],
    folder: Path,
    stack: str | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Run `pulumi` without a terminal and return what it prints on stdout. Raises as `exit_error` says."""
    done = subprocess.run(
        _command(arguments, stack, "--non-interactive", "--color=never"),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        input=stdin or "",
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        raise exit_error(" ".join(arguments[:2]), done.returncode, done.stderr)
    return done.stdout


def _command(arguments: Sequence[str], stack: str | None, *options: str) -> list[str]:
    """Build the command line; what follows ``--`` stays last."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    named = ["--stack", stack] if stack else []
    return ["pulumi", *arguments[:cut], *options, *named, *arguments[cut:]]


class PulumiStack:
    """One stack of a project on disk, run by the Pulumi CLI. `environment` is added to this process's own."""

    def __init__(self, folder: Path, stack: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._name = stack
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def run(
        self, verb: RunVerb, options: Sequence[str], on_event: Callable[[EngineEvent], None]
    ) -> Mapping[str, tuple[Any, bool]]:
        """Run a verb with options of the CLI, passing its engine events on; return the stack's outputs after an `up`.

        Each output is a value and whether it is secret. Raises as `exit_error` says.
        """
        # The CLI ends only after its events are read, so none is missing afterwards.
        result = getattr(self._open(options), verb)(on_event=on_event)
        outputs = getattr(result, "outputs", None) or {}
        return {name: (output.value, output.secret) for name, output in outputs.items()}

    def send_signal(self, *, hard: bool) -> None:
        """Pass an interrupt on to the running CLI: the first lets operations finish, the second ends them."""
        with self._lock:
            process = self._process
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM if hard else signal.SIGINT)

    def _open(self, options: Sequence[str]) -> Stack:
        from pulumi.automation import LocalWorkspace, Stack
        from pulumi.automation._stack import StackInitMode

        class Workspace(LocalWorkspace):
            """Leaves the user's selected stack alone; a stack that is missing shows in the run."""

            def select_stack(self, stack_name: str) -> None:
                """Do nothing."""

        workspace = Workspace(
            work_dir=str(self._folder), env_vars=self._environment, pulumi_command=self._command(options)
        )
        return Stack(self._name, workspace, StackInitMode.SELECT)

    def _command(self, options: Sequence[str]) -> PulumiCommand:
        from pulumi.automation import PulumiCommand

        stack = self

        class Command(PulumiCommand):
            """Runs the CLI in a process group of its own, where no interrupt of the terminal reaches it twice."""

            def run(
                self,
                args: list[str],
                cwd: str,
                additional_env: Mapping[str, str],
                on_output: Callable[[str], Any] | None = None,
                on_error: Callable[[str], Any] | None = None,
            ) -> CommandResult:
                """Run one command to its end."""
                verb = next((word for word in args if not word.startswith("-")), "")
                more = list(options) if verb in _DEPLOYING else []
                environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
                command = [self.command, "--non-interactive", "--color=never", *args, *more]
                result = stack._run_process(command, cwd, environment)
                if result.code != 0:
                    raise exit_error(verb, result.code, result.stderr or result.stdout)
                return result

        # The SDK of a stack and the CLI need not be of one version; what does not fit says so itself.
        return Command(skip_version_check=True)

    def _run_process(self, command: Sequence[str], cwd: str, environment: Mapping[str, str]) -> CommandResult:
        from pulumi.automation import CommandResult

        with self._started(command, cwd, environment) as process:
            stdout, stderr = process.communicate()
        return CommandResult(stdout=stdout, stderr=stderr, code=process.returncode)

    @contextmanager
    def _started(
        self, command: Sequence[str], cwd: str, environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[str]]:
        pipe: int = subprocess.PIPE
        process: subprocess.Popen[str] = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        with self._lock:
            self._process = process
        try:
            yield process
        finally:
            with self._lock:
                self._process = None
            for stream in (process.stdout, process.stderr):
                _close(stream)


def _close(stream: IO[str] | None) -> None:
    if stream:
        stream.close()
