"""Commands about the stacks of a project, and the one that ends what holds a stack."""

from __future__ import annotations

from typing import Annotated

import typer

from hubwright.cli.options import (
    ChosenStackArgument,
    EngineName,
    EngineOption,
    OutputFormat,
    OutputOption,
    ProjectOption,
    ShowSecretsOption,
    StackOption,
    YesOption,
)

app = typer.Typer(help="The stacks of a project: make, list, choose, rename, remove.", no_args_is_help=True)

NewStackArgument = Annotated[str, typer.Argument(metavar="STACK", help="The stack's name.")]


@app.command("init")
def init(
    stack: NewStackArgument,
    no_select: Annotated[bool, typer.Option("--no-select", help="Do not choose it for the next commands.")] = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Make a stack: a settings file where there is none, and an empty state."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import init_stack

    with open_session(project_dir, quiet=False) as session:
        session.display.line(init_stack(session.target(stack, engine), select=not no_select))


@app.command("ls")
def ls(
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """List the stacks: those with settings, and those with a state."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import list_stacks

    with open_session(project_dir, quiet=True) as session:
        stacks = list_stacks(session.target(None, engine))
        rows = {f"{item['name']}{'*' if item['current'] else ''}": _describe(item) for item in stacks}
        session.print_data({"version": 1, "stacks": stacks}, output, rows=rows)


@app.command("select")
def select(
    stack: Annotated[str | None, typer.Argument(help="The stack; default: say which is chosen.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the choice back.")] = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Choose the stack that commands work on when they name none; Pulumi's own CLI sees the choice too."""
    from hubwright.cli.session import open_session
    from hubwright.core.errors import StackNotFoundError
    from hubwright.workflows.stack import choose_stack, chosen_stack, require_stack

    with open_session(project_dir, quiet=False) as session:
        if stack:
            require_stack(session.target(stack, engine))
            choose_stack(session.project, stack)
        elif none:
            choose_stack(session.project, None)
        elif chosen := chosen_stack(session.project):
            typer.echo(chosen)
        else:
            raise StackNotFoundError("no stack is chosen", hint="`hubwright stack ls` lists them")


@app.command("output")
def output_(
    name: Annotated[str | None, typer.Argument(help="One output; default: all.")] = None,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    show_secrets: ShowSecretsOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Print what a stack exports; secrets are masked."""
    import json

    from hubwright.cli.session import open_session
    from hubwright.workflows.outputs import read_output, read_outputs

    with open_session(project_dir, quiet=True) as session:
        target = session.target(stack, engine)
        if name is None:
            values = read_outputs(target, show_secrets=show_secrets)
            session.print_data({"version": 1, "stack": target.stack, "outputs": values}, output, rows=values)
        else:
            value = read_output(target, name, show_secrets=show_secrets)
            plain = isinstance(value, str) and output is OutputFormat.TABLE
            typer.echo(value if plain else json.dumps(value))


@app.command("history")
def history(
    stack: ChosenStackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show the updates of a stack, the newest first."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import read_history

    with open_session(project_dir, quiet=True) as session:
        target = session.target(stack, engine)
        updates = read_history(target)
        rows = {f"{item['version']:>3}": _describe_update(item) for item in updates}
        session.print_data({"version": 1, "stack": target.stack, "updates": updates}, output, rows=rows)


@app.command("rm")
def rm(
    stack: ChosenStackArgument = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Leave its resources behind, known to nobody.")] = False,
    preserve_config: Annotated[bool, typer.Option("--preserve-config", help="Keep its settings file.")] = False,
    remove_backups: Annotated[bool, typer.Option("--remove-backups", help="Remove the backups too.")] = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    yes: YesOption = False,
) -> None:
    """Remove a stack: its state, its history and its settings file."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import remove_stack

    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        confirm = session.confirmation(target.stack, "remove", yes=yes)
        done = remove_stack(
            target, confirm, force=force, preserve_config=preserve_config, remove_backups=remove_backups
        )
        session.display.line(done)


@app.command("rename")
def rename(
    name: Annotated[str, typer.Argument(help="The new name.")],
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Give a stack another name."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import rename_whole_stack

    with open_session(project_dir, quiet=False) as session:
        session.display.line(rename_whole_stack(session.target(stack, engine, default=None), name))


def cancel(
    stack: ChosenStackArgument = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    yes: YesOption = False,
) -> None:
    """Take the lock from a run that is gone."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.stack import cancel_update

    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        session.display.line(cancel_update(target, session.confirmation(target.stack, "break the lock of", yes=yes)))


def _describe(item: dict[str, object]) -> str:
    if item["resourceCount"] is None:
        return "no state"
    return f"{item['resourceCount']} resources, last update {item['lastUpdate'] or 'never'}"


def _describe_update(item: dict[str, object]) -> str:
    changes = item.get("resourceChanges")
    counts = ", ".join(f"{count} {word}" for word, count in changes.items()) if isinstance(changes, dict) else ""
    return f"{item['endTime']}  {item['kind']} {item['result']}{'  ' if counts else ''}{counts}"
