"""Commands that deploy a stack, or look at one: up, preview, refresh, destroy, outputs."""

from __future__ import annotations

from hubwright.cli.options import (
    ChosenStackArgument,
    ContinueOption,
    DiffOption,
    EngineName,
    EngineOption,
    ExcludeDependentsOption,
    ExcludeOption,
    ExpectNoChangesOption,
    JsonOption,
    OutputFormat,
    OutputOption,
    ParallelOption,
    PreviewOnlyOption,
    ProjectOption,
    QuietOption,
    RefreshOption,
    ReplaceOption,
    ShowSecretsOption,
    SpeedOption,
    StackArgument,
    TargetDependentsOption,
    TargetOption,
    TargetReplaceOption,
    YesOption,
)


def up(
    stack: StackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    speed: SpeedOption = None,
    refresh: RefreshOption = False,
    target: TargetOption = None,
    target_dependents: TargetDependentsOption = False,
    exclude: ExcludeOption = None,
    exclude_dependents: ExcludeDependentsOption = False,
    replace: ReplaceOption = None,
    target_replace: TargetReplaceOption = None,
    continue_on_error: ContinueOption = False,
    parallel: ParallelOption = None,
    diff: DiffOption = False,
    json_lines: JsonOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Preview, then create or update everything that a stack declares."""
    from hubwright.cli.run_options import make_run_options, make_view
    from hubwright.cli.session import open_session
    from hubwright.engine.events import UpdateKind
    from hubwright.workflows.project import LOCAL_STACK
    from hubwright.workflows.up import run_up

    run = make_run_options(
        refresh=refresh,
        target=target,
        target_dependents=target_dependents,
        exclude=exclude,
        exclude_dependents=exclude_dependents,
        replace=replace,
        target_replace=target_replace,
        continue_on_error=continue_on_error,
    )
    view = make_view(UpdateKind.UP, diff=diff, json_lines=json_lines, output=output)
    with open_session(project_dir, quiet=quiet, view=view) as session:
        chosen = session.target(stack, engine, speed=speed, parallel=parallel, run=run)
        session.keep_events(chosen)
        confirm = session.confirmation(chosen.stack, "update", yes=yes or chosen.stack == LOCAL_STACK)
        session.print_report(run_up(chosen, session.display, confirm), output)


def preview(
    stack: StackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    refresh: RefreshOption = False,
    target: TargetOption = None,
    target_dependents: TargetDependentsOption = False,
    exclude: ExcludeOption = None,
    exclude_dependents: ExcludeDependentsOption = False,
    replace: ReplaceOption = None,
    target_replace: TargetReplaceOption = None,
    parallel: ParallelOption = None,
    diff: DiffOption = False,
    json_lines: JsonOption = False,
    expect_no_changes: ExpectNoChangesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show what an update would change; change nothing."""
    from hubwright.cli.run_options import make_run_options, make_view
    from hubwright.cli.session import open_session
    from hubwright.engine.events import UpdateKind
    from hubwright.workflows.preview import run_preview

    run = make_run_options(
        refresh=refresh,
        target=target,
        target_dependents=target_dependents,
        exclude=exclude,
        exclude_dependents=exclude_dependents,
        replace=replace,
        target_replace=target_replace,
    )
    view = make_view(UpdateKind.PREVIEW, diff=diff, json_lines=json_lines, output=output)
    with open_session(project_dir, quiet=quiet, view=view) as session:
        chosen = session.target(stack, engine, parallel=parallel, run=run)
        session.keep_events(chosen)
        session.print_run(run_preview(chosen, session.display, expect_no_changes=expect_no_changes), output)


def refresh(
    stack: ChosenStackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    target: TargetOption = None,
    target_dependents: TargetDependentsOption = False,
    exclude: ExcludeOption = None,
    exclude_dependents: ExcludeDependentsOption = False,
    parallel: ParallelOption = None,
    diff: DiffOption = False,
    json_lines: JsonOption = False,
    preview_only: PreviewOnlyOption = False,
    expect_no_changes: ExpectNoChangesOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Bring a stack's state to what is really there, without running the program."""
    from hubwright.cli.run_options import make_run_options, make_view
    from hubwright.cli.session import open_session
    from hubwright.engine.events import UpdateKind
    from hubwright.workflows.refresh import run_refresh

    run = make_run_options(
        target=target,
        target_dependents=target_dependents,
        exclude=exclude,
        exclude_dependents=exclude_dependents,
    )
    kind = UpdateKind.PREVIEW_REFRESH if preview_only or expect_no_changes else UpdateKind.REFRESH
    view = make_view(kind, diff=diff, json_lines=json_lines, output=output)
    with open_session(project_dir, quiet=quiet, view=view) as session:
        chosen = session.target(stack, engine, parallel=parallel, run=run, default=None)
        session.keep_events(chosen)
        confirm = session.confirmation(chosen.stack, "refresh", yes=yes)
        report = run_refresh(
            chosen, session.display, confirm, preview_only=preview_only, expect_no_changes=expect_no_changes
        )
        session.print_run(report, output)


def destroy(
    stack: ChosenStackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    refresh: RefreshOption = False,
    target: TargetOption = None,
    target_dependents: TargetDependentsOption = False,
    exclude: ExcludeOption = None,
    exclude_dependents: ExcludeDependentsOption = False,
    continue_on_error: ContinueOption = False,
    parallel: ParallelOption = None,
    diff: DiffOption = False,
    json_lines: JsonOption = False,
    preview_only: PreviewOnlyOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Delete everything that a stack has made."""
    from hubwright.cli.run_options import make_run_options, make_view
    from hubwright.cli.session import open_session
    from hubwright.engine.events import UpdateKind
    from hubwright.workflows.destroy import run_destroy

    run = make_run_options(
        refresh=refresh,
        target=target,
        target_dependents=target_dependents,
        exclude=exclude,
        exclude_dependents=exclude_dependents,
        continue_on_error=continue_on_error,
    )
    kind = UpdateKind.PREVIEW_DESTROY if preview_only else UpdateKind.DESTROY
    view = make_view(kind, diff=diff, json_lines=json_lines, output=output)
    with open_session(project_dir, quiet=quiet, view=view) as session:
        chosen = session.target(stack, engine, parallel=parallel, run=run, default=None)
        session.keep_events(chosen)
        confirm = session.confirmation(chosen.stack, "destroy", yes=yes)
        session.print_run(run_destroy(chosen, session.display, confirm, preview_only=preview_only), output)


def outputs(
    stack: StackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    show_secrets: ShowSecretsOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Print what a stack exports; secrets are masked."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.outputs import read_outputs

    with open_session(project_dir, quiet=True) as session:
        chosen = session.target(stack, engine)
        values = read_outputs(chosen, show_secrets=show_secrets)
        session.print_data({"version": 1, "stack": chosen.stack, "outputs": values}, output, rows=values)
