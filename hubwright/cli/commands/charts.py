"""Commands about the charts that charts-values/charts.lock pins."""

from __future__ import annotations

from typing import Annotated

import typer

from hubwright.cli.options import OutputFormat, OutputOption, ProjectOption, QuietOption, YesOption

app = typer.Typer(help="The pinned charts: fetch, verify, update.", no_args_is_help=True)

ChartsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[CHART]...", help="Charts; default: those that a stack needs.")
]
ChartArgument = Annotated[str, typer.Argument(metavar="CHART", help="A chart of charts.lock.")]
StackOption = Annotated[str | None, typer.Option("--stack", "-s", help="The charts that this stack needs.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every chart of charts.lock.")]
OfflineOption = Annotated[
    bool, typer.Option("--offline", envvar="HUBWRIGHT_OFFLINE", help="Use vendor and cache; never the network.")
]


@app.command("list")
def charts_list(project_dir: ProjectOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """List the pinned charts, where their packages are, and which stacks need them."""
    from hubwright.cli.charts_report import list_data, list_rows
    from hubwright.cli.session import open_session
    from hubwright.workflows.charts import list_charts, open_charts

    with open_session(project_dir, quiet=True) as session:
        rows = list_charts(open_charts(session.project))
        session.print_data(list_data(rows), output, rows=list_rows(rows))


@app.command("pull")
def charts_pull(
    charts: ChartsArgument = None,
    project_dir: ProjectOption = None,
    stack: StackOption = None,
    everything: AllOption = False,
    lock: Annotated[bool, typer.Option("--lock", help="Write the digests that charts.lock does not know yet.")] = False,
    offline: OfflineOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Fetch packages, check their digests, and keep them in the cache."""
    from hubwright.cli.charts_report import pull_data, pull_rows
    from hubwright.cli.session import open_session
    from hubwright.workflows.charts import open_charts, pull_charts

    with open_session(project_dir, quiet=quiet) as session:
        found = open_charts(session.project, offline=offline)
        chosen = found.choose(charts or [], stack, everything=everything)
        pulled = pull_charts(found, chosen, session.display, lock=lock)
        session.print_data(pull_data(pulled), output, rows=pull_rows(pulled))


@app.command("verify")
def charts_verify(
    charts: ChartsArgument = None, project_dir: ProjectOption = None, output: OutputOption = OutputFormat.TABLE
) -> None:
    """Hash vendored and cached packages again and compare them with charts.lock; exit 2 when one differs."""
    from hubwright.cli.charts_report import verify_data, verify_rows
    from hubwright.cli.session import open_session
    from hubwright.core.errors import ConfigError
    from hubwright.workflows.charts import open_charts, verify_charts

    with open_session(project_dir, quiet=True) as session:
        found = open_charts(session.project, offline=True)
        rows = verify_charts(found, found.choose(charts or [], None, everything=not charts))
        session.print_data(verify_data(rows), output, rows=verify_rows(rows))
        if bad := [row.name for row in rows if row.problem]:
            raise ConfigError(
                f"{len(bad)} of {len(rows)} packages do not verify: {', '.join(dict.fromkeys(bad))}",
                hint="find out why before you use them; delete a bad file and run `hubwright charts pull` again",
            )


@app.command("outdated")
def charts_outdated(
    charts: ChartsArgument = None,
    project_dir: ProjectOption = None,
    everything: AllOption = False,
    prereleases: Annotated[
        bool, typer.Option("--devel", help="Pre-releases count too; they always do for a chart pinned to one.")
    ] = False,
    expect_current: Annotated[
        bool, typer.Option("--expect-current", help="Exit 7 when a chart has a newer version.")
    ] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Ask the repositories for newer versions."""
    from hubwright.cli.charts_report import outdated_data, outdated_rows
    from hubwright.cli.session import open_session
    from hubwright.core.errors import UnexpectedChangesError
    from hubwright.workflows.charts import find_outdated, open_charts

    with open_session(project_dir, quiet=True) as session:
        found = open_charts(session.project)
        chosen = found.choose(charts or [], None, everything=everything)
        rows = find_outdated(found, chosen, prereleases=prereleases)
        session.print_data(outdated_data(rows), output, rows=outdated_rows(rows))
        if errors := [row.error for row in rows if row.error]:
            raise errors[0]
        if expect_current and (old := [row.pin.name for row in rows if row.is_outdated]):
            raise UnexpectedChangesError(
                f"there are newer versions of {', '.join(old)}", hint="run `hubwright charts update CHART`"
            )


@app.command("update")
def charts_update(
    chart: ChartArgument,
    project_dir: ProjectOption = None,
    version: Annotated[str | None, typer.Option("--version", help="The version to pin; default: the newest.")] = None,
    offline: OfflineOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show what another version changes (schema, defaults, broken values), ask, and pin it."""
    from hubwright.cli.charts_report import update_data, update_text
    from hubwright.cli.session import open_session
    from hubwright.workflows.charts import open_charts
    from hubwright.workflows.charts_update import apply_update, plan_update

    with open_session(project_dir, quiet=quiet) as session:
        found = open_charts(session.project, offline=offline)
        update = plan_update(found, chart, version, session.display)
        session.display.close()
        if output is OutputFormat.TABLE:
            typer.echo(update_text(update))
        confirm = session.question(f"pin {chart} {update.new_version}?", yes=yes)
        written = apply_update(found, update, confirm)
        if output is not OutputFormat.TABLE:
            session.print_data(update_data(update, written=written), output, rows={})
        elif written:
            session.display.line(f"charts.lock pins {chart} {update.new_version}; next: hubwright preview STACK")


@app.command("schema")
def charts_schema(
    chart: ChartArgument,
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="A key such as hub.config; default: the root.")] = "",
    project_dir: ProjectOption = None,
    offline: OfflineOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Explain a key of a chart: type, description, default, and the keys below; the whole schema as JSON or YAML."""
    from hubwright.cli.charts_report import schema_data, schema_rows
    from hubwright.cli.session import open_session
    from hubwright.workflows.charts import open_charts, read_schema

    with open_session(project_dir, quiet=True) as session:
        found = read_schema(open_charts(session.project, offline=offline), chart, key, session.display)
        session.print_data(schema_data(chart, found), output, rows=schema_rows(found))


@app.command("vendor")
def charts_vendor(
    charts: ChartsArgument = None,
    project_dir: ProjectOption = None,
    stack: StackOption = None,
    everything: AllOption = False,
    offline: OfflineOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Copy packages into charts-values/vendor, for runs without a network."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.charts import open_charts, vendor_charts

    with open_session(project_dir, quiet=quiet) as session:
        found = open_charts(session.project, offline=offline)
        chosen = found.choose(charts or [], stack, everything=everything)
        copied = vendor_charts(found, chosen, session.display)
        names = {pin.name: str(path.relative_to(session.project.folder)) for pin, path in copied}
        session.print_data({"version": 1, "vendored": names}, output, rows=names)
