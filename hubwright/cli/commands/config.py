"""Commands about the settings of a stack, one by one."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
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
)

app = typer.Typer(help="The settings of a stack: set, get, remove, list.", no_args_is_help=True)


class ValueType(StrEnum):
    """What a setting is stored as."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    JSON = "json"


KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Such as charts, aws:region, or dns.zone with --path.")]
PathOption = Annotated[
    bool, typer.Option("--path", help="KEY is a path into maps and lists, such as nodePools[0].max.")
]


@app.command("set")
def set_(
    key: KeyArgument,
    value: Annotated[str | None, typer.Argument(help="The value; default: asked, or read from stdin.")] = None,
    path: PathOption = False,
    secret: Annotated[
        bool, typer.Option("--secret", help="Encrypt it; the value is asked, or read from stdin.")
    ] = False,
    plaintext: Annotated[bool, typer.Option("--plaintext", help="It is no secret, whatever its name.")] = False,
    type_: Annotated[
        ValueType | None, typer.Option("--type", help="Store it as this; json: a list, a map, or null.")
    ] = None,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Set a setting; the rest of the file, comments included, stays as it is."""
    from hubwright.cli.session import open_session
    from hubwright.core.errors import UsageError
    from hubwright.workflows.config import ConfigValue, set_config

    if secret and value is not None:
        raise UsageError(
            "a secret is not given as an argument, which the shell's history keeps",
            hint=f"leave it away to be asked, or pipe it: `… | hubwright config set --secret {key}`",
        )
    if secret and (plaintext or type_):
        raise UsageError("--secret excludes --plaintext and --type")
    with open_session(project_dir, quiet=False) as session:
        target = session.target(stack, engine, default=None)
        text = value if value is not None else _read_value(key, secret=secret)
        given = ConfigValue(text, type_.value if type_ else None, secret=secret, plaintext=plaintext)
        set_config(target, key, given, by_path=path, warn=session.display.warn)


@app.command("get")
def get(
    key: KeyArgument,
    path: PathOption = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Print one setting as it is, decrypted when it is a secret: as Pulumi does for the one that is asked for."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.config import get_config

    with open_session(project_dir, quiet=True) as session:
        value = get_config(session.target(stack, engine, default=None), key, by_path=path)
        typer.echo(value if isinstance(value, str) else json.dumps(value))


@app.command("rm")
def rm(
    key: KeyArgument,
    path: PathOption = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Remove a setting."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.config import remove_config

    with open_session(project_dir, quiet=True) as session:
        remove_config(session.target(stack, engine, default=None), key, by_path=path)


@app.command("ls")
def ls(
    show_secrets: ShowSecretsOption = False,
    stack: StackOption = None,
    project_dir: ProjectOption = None,
    engine: EngineOption = EngineName.AUTO,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """List the settings of a stack; secrets are masked."""
    from hubwright.cli.session import open_session
    from hubwright.workflows.config import list_config

    with open_session(project_dir, quiet=True) as session:
        target = session.target(stack, engine)
        values = list_config(target, show_secrets=show_secrets)
        session.print_data({"version": 1, "stack": target.stack, "config": values}, output, rows=values)


def _read_value(key: str, *, secret: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read().removesuffix("\n")
    if secret:
        from getpass import getpass

        return getpass(f"{key}: ")
    print(f"{key}: ", end="", file=sys.stderr, flush=True)  # noqa: T201 - a prompt, not a log
    return sys.stdin.readline().removesuffix("\n")
