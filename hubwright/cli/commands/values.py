"""Commands about chart values: explain, render, diff, check. They read files alone: no cloud, no cluster, no state."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hubwright.cli.options import OutputFormat, OutputOption, ProjectOption

app = typer.Typer(help="Explain, show, compare and check chart values.", no_args_is_help=True)

StackName = Annotated[str, typer.Argument(help="The NAME of stacks/Pulumi.NAME.yaml.", metavar="STACK")]
ChartOption = Annotated[str | None, typer.Option("--chart", help="Only this chart or release of the stack.")]


@app.command()
def explain(
    stack: StackName,
    key: Annotated[
        str, typer.Argument(help="A key or what is above it: CHART.PATH, as jupyterhub.cull.timeout.", metavar="KEY")
    ],
    project_dir: ProjectOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show who sets a value: every layer with file and line, strongest first, and what the schema says of it."""
    from hubwright.cli import values_report
    from hubwright.cli.session import open_session
    from hubwright.workflows.values import explain_key

    with open_session(project_dir, quiet=False) as session:
        found = explain_key(session.project, stack, key, session.display)
        if output is OutputFormat.TABLE:
            _print_lines(values_report.explain_lines(found))
        else:
            session.print_data(values_report.explain_data(stack, found), output, rows={})


@app.command()
def render(
    stack: StackName,
    chart: ChartOption = None,
    origins: Annotated[bool, typer.Option("--origins", help="Say beside each value where it comes from.")] = False,
    project_dir: ProjectOption = None,
    output: Annotated[OutputFormat, typer.Option("--output", "-o", help="yaml or json.")] = OutputFormat.YAML,
) -> None:
    """Show the values that Helm is given, merged; secrets are masked."""
    from hubwright.cli import values_report
    from hubwright.cli.session import open_session
    from hubwright.workflows.values import render_values

    with open_session(project_dir, quiet=False) as session:
        sources = render_values(session.project, stack, session.display, chart=chart)
        if output is OutputFormat.JSON:
            session.print_data(values_report.rendered_data(stack, sources), output, rows={})
        else:
            typer.echo(values_report.rendered_text(sources, origins=origins), nl=False)


@app.command()
def diff(
    stack: StackName,
    base: Annotated[
        str, typer.Option("--base", help="A git revision, or a file that `values render` wrote.", metavar="REV|FILE")
    ],
    chart: ChartOption = None,
    project_dir: ProjectOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show what differs in the values since a git revision, or from a rendered file."""
    from hubwright.cli import values_report
    from hubwright.cli.session import open_session
    from hubwright.workflows.values import diff_values

    with open_session(project_dir, quiet=False) as session:
        diffs = diff_values(session.project, stack, base, session.display, chart=chart)
        if output is OutputFormat.TABLE:
            _print_lines(values_report.diff_lines(diffs))
        else:
            session.print_data(values_report.diff_data(stack, base, diffs), output, rows={})


@app.command()
def check(
    stacks: Annotated[
        list[str] | None, typer.Argument(help="Stacks to check; none: all of them.", metavar="[STACK]...")
    ] = None,
    all_stacks: Annotated[bool, typer.Option("--all", help="Every stack of the project.")] = False,
    files: Annotated[
        list[Path] | None,
        typer.Option("--files", help="Check values files in place of stacks; repeat it, the last one is on top."),
    ] = None,
    chart: Annotated[
        str | None, typer.Option("--chart", help="Only this chart; for --files also a folder or a package.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
    project_dir: ProjectOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Check values against the charts' schemas and warn about what is likely wrong; exit 2 on errors."""
    from hubwright.cli import values_report
    from hubwright.cli.session import open_session
    from hubwright.core.errors import UsageError
    from hubwright.workflows.values import check_files, check_stacks, require_no_errors

    with open_session(project_dir, quiet=False) as session:
        project = session.project
        if files:
            if chart is None or stacks or all_stacks:
                raise UsageError("--files needs --chart, and no stack")
            checked = check_files(project, files, chart, session.display)
        else:
            wanted = list(dict.fromkeys(stacks or ())) if stacks and not all_stacks else project.stacks()
            checked = check_stacks(project, wanted, session.display, chart=chart)
        if output is OutputFormat.TABLE:
            _print_lines(values_report.check_lines(checked))
        else:
            session.print_data(values_report.check_data(checked), output, rows={})
        require_no_errors(checked, strict=strict)


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)
