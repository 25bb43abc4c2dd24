"""Commands that deploy a stack, or look at one: up, preview, destroy, outputs."""

from __future__ import annotations

from typing import Annotated

import typer

from hubwright.cli.options import (
    EngineName,
    EngineOption,
    OutputFormat,
    OutputOption,
    ParallelOption,
    ProjectOption,
    QuietOption,
    SpeedOption,
    StackArgument,
    YesOption,
)


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
