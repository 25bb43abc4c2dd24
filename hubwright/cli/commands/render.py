"""The command that shows what Helm would apply, checks it, and asks the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hubwright.cli.options import (
    EngineName,
    EngineOption,
    OutputFormat,
    ProjectOption,
    QuietOption,
    ShowSecretsOption,
    StackArgument,
)

if TYPE_CHECKING:
    from hubwright.cli.session import Session
    from hubwright.workflows.render import RenderReport

RenderOutput = Annotated[
    OutputFormat | None,
    typer.Option("--output", "-o", help="How to print: yaml (default), json, or a table of the objects."),
]


def render(
    stack: StackArgument = None,
    chart: Annotated[str | None, typer.Option("--chart", help="Only this chart or release.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the policy in place of printing manifests; exit 5 when it refuses.")
    ] = False,
    server: Annotated[
        bool,
        typer.Option("--server", help="Let the stack's cluster apply them, keeping nothing; exit 4 when it denies."),
    ] = False,
    show_secrets: ShowSecretsOption = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    quiet: QuietOption = False,
    output: RenderOutput = None,
) -> None:
    """Show what Helm would apply, check it against the policy, or ask the cluster about it."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.render import RenderOptions, require_no_violations, run_render
    from hubwright.workflows.server_check import require_none_denied

    options = RenderOptions(chart=chart, show_secrets=show_secrets, check=check, server=server)
    with open_session(project_dir, quiet=quiet) as session:
        report = run_render(session.target(stack, engine), session.display, options)
        _print_report(session, report, output, verdicts_only=check or server, show_secrets=show_secrets)
        require_no_violations(report)
        require_none_denied(report.server)


def _print_report(
    session: Session, report: RenderReport, output: OutputFormat | None, *, verdicts_only: bool, show_secrets: bool
) -> None:
    from hubwright.cli import render_report

    session.display.close()
    if note := render_report.placeholder_note(report):
        session.display.line(f"notice: {note}")
    if output is OutputFormat.JSON or (verdicts_only and output is OutputFormat.YAML):
        data = render_report.report_data(report, show_secrets=show_secrets, with_manifests=not verdicts_only)
        session.print_data(data, output, rows={})
    elif verdicts_only:
        _print_lines([*render_report.policy_lines(report), *render_report.server_lines(report)])
    elif output is OutputFormat.TABLE:
        _print_table(render_report.object_rows(report))
    else:
        typer.echo(render_report.manifests_text(report, show_secrets=show_secrets), nl=False)


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
