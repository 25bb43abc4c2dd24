"""The command `hubwright`: declares options, calls one workflow, chooses the exit code. No rule lives here.

Workflows are imported inside the commands, so that `hubwright --help` stays quick.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hubwright import __version__
from hubwright.cli.commands import charts, config, deploy, render, sandbox, stack, state, values
from hubwright.cli.terminal import Terminal
from hubwright.core.errors import CancelledError, HubwrightError

app = typer.Typer(
    name="hubwright",
    help="Turn an OVHcloud or OpenStack project into a running JupyterHub or BinderHub.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

EXIT_BUG = 255


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


for command in (deploy.up, deploy.preview, deploy.refresh, deploy.destroy, deploy.outputs):
    app.command(rich_help_panel="Deploy")(command)
app.command(rich_help_panel="Deploy")(stack.cancel)
app.command(rich_help_panel="Look")(render.render)
app.add_typer(values.app, name="values", rich_help_panel="Look")
app.add_typer(stack.app, name="stack", rich_help_panel="Stacks")
app.add_typer(config.app, name="config", rich_help_panel="Stacks")
app.add_typer(state.app, name="state", rich_help_panel="Stacks")
app.add_typer(charts.app, name="charts", rich_help_panel="Look")
app.command(rich_help_panel="Sandbox")(sandbox.toolchain)
app.add_typer(sandbox.app, name="sandbox", rich_help_panel="Sandbox")


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
