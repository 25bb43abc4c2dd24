"""Commands about the loopback cloud and the binaries that it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from hubwright.cli.options import OutputFormat, OutputOption, ProjectOption, QuietOption, SpeedOption

app = typer.Typer(help="The loopback cloud: start, stop, look.", no_args_is_help=True)


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


@app.command("up")
def sandbox_up(project_dir: ProjectOption = None, speed: SpeedOption = None, quiet: QuietOption = False) -> None:
    """Start the loopback cloud, or what is missing of it."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import start_sandbox

    with open_session(project_dir, quiet=quiet) as session:
        endpoints = start_sandbox(session.project, speed, session.display)
        session.print_data({"version": 1, "endpoints": endpoints}, OutputFormat.TABLE, rows=endpoints)


@app.command("down")
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


@app.command("status")
def sandbox_status(project_dir: ProjectOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show the processes of the loopback cloud; exit 1 when one that should run does not."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.sandbox import read_status

    with open_session(project_dir, quiet=True) as session:
        status = read_status(session.project)
        session.print_data({"version": 1, "processes": status.processes}, output, rows=status.rows())
        if not status.is_healthy:
            raise typer.Exit(1)


@app.command("logs")
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
