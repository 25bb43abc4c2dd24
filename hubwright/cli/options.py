"""The options that several commands share: one spelling, one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EngineName(StrEnum):
    """Which engine runs the program."""

    AUTO = "auto"
    PULUMI = "pulumi"
    EMBEDDED = "embedded"


class OutputFormat(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


StackArgument = Annotated[str, typer.Argument(help="Stack: the NAME of stacks/Pulumi.NAME.yaml.", metavar="STACK")]
ProjectOption = Annotated[
    Path | None, typer.Option("--project-dir", "-C", help="Folder with Pulumi.yaml; default: this one or above.")
]
EngineOption = Annotated[
    EngineName,
    typer.Option("--engine", help="auto: the Pulumi CLI where it is on PATH and the stack is not local."),
]
OutputOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print the result.")]
SpeedOption = Annotated[
    str, typer.Option("--speed", help="Durations of the modelled cloud: real, fast, max, or a factor.")
]
ParallelOption = Annotated[int | None, typer.Option("--parallel", "-p", min=1, help="Operations at once.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only results, warnings and errors.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
