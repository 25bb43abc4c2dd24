"""Commands about a stack's state: look at it, and change it without touching the cloud."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hubwright.cli.options import (
    EngineName,
    EngineOption,
    OutputFormat,
    OutputOption,
    ProjectOption,
    ShowSecretsOption,
    StackOption,
    YesOption,
)

app = typer.Typer(help="A stack's state: look at it, repair it; the cloud is not touched.", no_args_is_help=True)

UrnArgument = Annotated[str, typer.Argument(metavar="URN", help="The resource; quote it for the shell.")]
UrnsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[URN]...", help="The resources; quote them for the shell.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Every resource.")]
ForceOption = Annotated[bool, typer.Option("--force", "-f", help="Even what is refused otherwise.")]


@app.command("list")
def list_(
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """List the resources in the state, by URN."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.state import list_resources

    with open_session(project_dir, quiet=True) as session:
        target = session.target(stack, engine)
        found = list_resources(target)
        rows = {item["urn"]: _marks(item) for item in found}
        session.print_data({"version": 1, "stack": target.stack, "resources": found}, output, rows=rows)


@app.command("show")
def show(
    urn: UrnArgument,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    show_secrets: ShowSecretsOption = False,
    output: OutputOption = OutputFormat.YAML,
) -> None:
    """Show what the state knows of one resource."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.state import show_resource

    with open_session(project_dir, quiet=True) as session:
        found = show_resource(session.target(stack, engine), urn, show_secrets=show_secrets)
        session.print_data({"version": 1, **found}, output, rows=found)


@app.command("protect")
def protect(
    urns: UrnsArgument = None,
    all_: AllOption = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Protect resources: nothing deletes them until they are unprotected."""
    _set_protection(urns, all_, stack, project_dir, engine, protect=True)


@app.command("unprotect")
def unprotect(
    urns: UrnsArgument = None,
    all_: AllOption = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Take the protection of resources away; the next update brings it back where the program says so."""
    _set_protection(urns, all_, stack, project_dir, engine, protect=False)


@app.command("delete")
def delete(
    urns: Annotated[list[str], typer.Argument(metavar="URN...", help="The resources; quote them for the shell.")],
    force: ForceOption = False,
    target_dependents: Annotated[bool, typer.Option("--target-dependents", help="Drop what needs them too.")] = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    yes: YesOption = False,
) -> None:
    """Drop resources from the state; they stay in the cloud, and no update knows them any more."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.state import delete_from_state

    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        confirm = session.confirmation(target.stack, f"drop {len(urns)} from the state of", yes=yes)
        done = delete_from_state(target, urns, confirm, force=force, target_dependents=target_dependents)
        session.display.line(done)


@app.command("rename")
def rename(
    urn: UrnArgument,
    name: Annotated[str, typer.Argument(help="Its new name.")],
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Give a resource another name in the state, as the program gives it one."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.state import rename_in_state

    with open_session(project_dir, quiet=False) as session:
        session.display.line(rename_in_state(session.target(stack, engine, default=None), urn, name))


@app.command("export")
def export(
    stack: StackOption = None,
    file: Annotated[Path | None, typer.Option("--file", help="Where to write it; default: stdout.")] = None,
    show_secrets: ShowSecretsOption = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Print the whole state, as `pulumi stack export` does; secrets stay encrypted."""
    from hubwright.adapters.files import replace_file
    from hubwright.cli.session import open_session
    from hubwright.workflows.state import export_state

    with open_session(project_dir, quiet=False) as session:
        text = json.dumps(export_state(session.target(stack, engine), show_secrets=show_secrets), indent=4)
        if file is None:
            session.display.terminal.data_line(text)
        else:
            replace_file(file.absolute(), f"{text}\n")
            session.display.line(f"written to {file}")


@app.command("import")
def import_(
    stack: StackOption = None,
    file: Annotated[Path | None, typer.Option("--file", help="An exported state; default: stdin.")] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Even another stack's state.")] = False,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    yes: YesOption = False,
) -> None:
    """Put an exported state in place of the stack's own; the one before is kept in the backups."""
    from hubwright.cli.session import open_session
    from hubwright.core.errors import UsageError
    from hubwright.workflows.state import import_state

    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        try:
            text = sys.stdin.read() if file is None else file.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}") from error
        confirm = session.confirmation(target.stack, "replace the state of", yes=yes or file is None)
        session.display.line(import_state(target, text, confirm, source=str(file or "stdin"), force=force))


def _set_protection(
    urns: list[str] | None, all_: bool, stack: str | None, project_dir: Path | None, engine: str, *, protect: bool
) -> None:
    from hubwright.cli.session import open_session
    from hubwright.core.errors import UsageError
    from hubwright.workflows.state import protect_resources

    if bool(urns) == all_:
        raise UsageError("name resources, or say --all", hint="`hubwright state list` shows every URN")
    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        session.display.line(protect_resources(target, None if all_ else urns, protect=protect))


def _marks(item: dict[str, object]) -> str:
    marks = [str(item["id"] or "")]
    marks += [word for word, key in (("protected", "protect"), ("to be deleted", "delete")) if item[key]]
    return "  ".join(mark for mark in marks if mark)
