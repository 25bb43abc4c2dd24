"""The command `hubwright`: declares options, calls one workflow, chooses the exit code. No rule lives here.

Workflows are imported inside the commands, so that `hubwright --help` stays quick.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hubwright import __version__
from hubwright.cli.terminal import Terminal
from hubwright.core.errors import CancelledError, HubwrightError

app = typer.Typer(
    name="hubwright",
    help="Turn an OVHcloud or OpenStack project into a running JupyterHub or BinderHub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sandbox_app = typer.Typer(help="The loopback cloud: start, stop, look.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox", rich_help_panel="Sandbox")

EXIT_BUG = 255


class EngineName(StrEnum):
    """Which engine runs the program."""

    AUTO = "auto"
    PULUMI = "pulumi"
    EMBEDDED = "embedded"


class OutputFormat(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


StackArgument = Annotated[str, typer.Argument(help="Stack: the NAME of stacks/Pulumi.NAME.yaml.", metavar="STACK")]
ProjectOption = Annotated[
    Path | None, typer.Option("--project-dir", "-C", help="Folder with Pulumi.yaml; default: this one or above.")
]
EngineOption = Annotated[
    EngineName,
    typer.Option("--engine", help="auto: the Pulumi CLI where it is on PATH and the stack is not local."),
]
OutputOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print the result.")]
SpeedOption = Annotated[
    str, typer.Option("--speed", help="Durations of the modelled cloud: real, fast, max, or a factor.")
]
ParallelOption = Annotated[int | None, typer.Option("--parallel", "-p", min=1, help="Operations at once.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only results, warnings and errors.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hubwright {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turn an OVHcloud or OpenStack project into a running JupyterHub or BinderHub."""


@app.command(rich_help_panel="Deploy")
def up(
    stack: StackArgument = "local",
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    speed: SpeedOption = "max",
    parallel: ParallelOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Preview, then create or update everything that a stack declares."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.up import run_up

    with open_session(project_dir, quiet=quiet) as session:
        confirm = session.confirmation(stack, "update", yes=yes or stack == "local")
        report = run_up(session.target(stack, engine, speed, parallel), session.display, confirm)
        session.print_report(report, output)


@app.command(rich_help_panel="Deploy")
def preview(
    stack: StackArgument = "local",
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    parallel: ParallelOption = None,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="Exit 7 when anything would change.")
    ] = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show what an update would change; change nothing."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.preview import run_preview

    with open_session(project_dir, quiet=quiet) as session:
        target = session.target(stack, engine, "max", parallel)
        report = run_preview(target, session.display, expect_no_changes=expect_no_changes)
        session.print_run("preview", report, output)


@app.command(rich_help_panel="Deploy")
def destroy(
    stack: StackArgument,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    parallel: ParallelOption = None,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Delete everything that a stack has made."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.destroy import run_destroy

    with open_session(project_dir, quiet=quiet) as session:
        confirm = session.confirmation(stack, "destroy", yes=yes)
        report = run_destroy(session.target(stack, engine, "max", parallel), session.display, confirm)
        session.print_run("destroyed", report, output)


@app.command(rich_help_panel="Deploy")
def outputs(
    stack: StackArgument = "local",
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print secret outputs in clear.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Print what a stack exports; secrets are masked."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.outputs import read_outputs

    with open_session(project_dir, quiet=True) as session:
        values = read_outputs(session.target(stack, engine, "max", None), show_secrets=show_secrets)
        session.print_data({"version": 1, "stack": stack, "outputs": values}, output, rows=values)


@app.command(rich_help_panel="Sandbox")
def toolchain(
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Find or build the pinned binaries, and say where they are."""
    from hubwright.cli.session import open_display
    from hubwright.workflows.toolchain import run_toolchain

    with open_display(quiet=quiet) as display:
        paths = run_toolchain(display)
        display.print_data({"version": 1, "binaries": paths}, output, rows=paths)


@sandbox_app.command("up")
def sandbox_up(project_dir: ProjectOption = None, speed: SpeedOption = "max", quiet: QuietOption = False) -> None:
    """Start the loopback cloud, or what is missing of it."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import start_sandbox

    with open_session(project_dir, quiet=quiet) as session:
        endpoints = start_sandbox(session.project, speed, session.display)
        session.print_data({"version": 1, "endpoints": endpoints}, OutputFormat.TABLE, rows=endpoints)


@sandbox_app.command("down")
def sandbox_down(
    project_dir: ProjectOption = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete its data and the state of the stack local too.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Stop every process of the loopback cloud; its data stays unless --delete is given."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import stop_sandbox

    with open_session(project_dir, quiet=quiet) as session:
        session.display.line(stop_sandbox(session.project, delete=delete))


@sandbox_app.command("status")
def sandbox_status(project_dir: ProjectOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show the processes of the loopback cloud; exit 1 when one that should run does not."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import read_status

    with open_session(project_dir, quiet=True) as session:
        status = read_status(session.project)
        session.print_data({"version": 1, "processes": status.processes}, output, rows=status.rows())
        if not status.is_healthy:
            raise typer.Exit(1)


@sandbox_app.command("logs")
def sandbox_logs(
    process: Annotated[str | None, typer.Argument(help="A process; default: list the logs.")] = None,
    project_dir: ProjectOption = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines from the end.")] = 50,
) -> None:
    """Print the end of a sandbox process's log."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import read_log

    with open_session(project_dir, quiet=True) as session:
        typer.echo(read_log(session.project, process, lines=lines))


def main() -> None:
    """Run the command and end the process with the exit code of the error table."""
    try:
        app(standalone_mode=True)
    except HubwrightError as error:
        Terminal().error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(CancelledError.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug is said to be one
        _report_bug(error)
        sys.exit(EXIT_BUG)


def _report_bug(error: Exception) -> None:
    import traceback

    if os.environ.get("HUBWRIGHT_DEBUG"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    bug = HubwrightError(
        f"this is a bug in hubwright: {type(error).__name__} at {place}",
        hint="please report it, with the output of the same command under HUBWRIGHT_DEBUG=1",
    )
    Terminal().error(bug)
