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


_WHICH = "Which resources"
_HOW = "How the run goes"
_URN = "URN"

StackArgument = Annotated[
    str | None,
    typer.Argument(
        help="The NAME of stacks/Pulumi.NAME.yaml; default: $PULUMI_STACK, what `stack select` chose, or local.",
        metavar="[STACK]",
        show_default=False,
    ),
]
ChosenStackArgument = Annotated[
    str | None,
    typer.Argument(
        help="The NAME of stacks/Pulumi.NAME.yaml; default: $PULUMI_STACK, or what `stack select` chose.",
        metavar="[STACK]",
        show_default=False,
    ),
]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", help="The stack; default: $PULUMI_STACK, or what `stack select` chose."),
]
ProjectOption = Annotated[
    Path | None, typer.Option("--project-dir", "-C", help="Folder with Pulumi.yaml; default: this one or above.")
]
EngineOption = Annotated[
    EngineName,
    typer.Option("--engine", help="auto: the Pulumi CLI where it is on PATH and the stack is not local."),
]
OutputOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to print the result.")]
SpeedOption = Annotated[
    str | None,
    typer.Option(
        "--speed", help="Durations of the modelled cloud: real, fast, max, or a factor; default: as it runs, or max."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only results, warnings and errors.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

ParallelOption = Annotated[
    int | None, typer.Option("--parallel", "-p", min=1, help="Operations at once.", rich_help_panel=_HOW)
]
RefreshOption = Annotated[
    bool, typer.Option("--refresh", "-r", help="Look first at what is really there.", rich_help_panel=_HOW)
]
ContinueOption = Annotated[
    bool,
    typer.Option(
        "--continue-on-error", help="Go on with what does not depend on a failed resource.", rich_help_panel=_HOW
    ),
]
DiffOption = Annotated[bool, typer.Option("--diff", help="Show every changed property, in full.", rich_help_panel=_HOW)]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", "-j", help="Print events as JSON lines, in the shape of Pulumi's engine events.", rich_help_panel=_HOW
    ),
]
ExpectNoChangesOption = Annotated[
    bool, typer.Option("--expect-no-changes", help="Exit 7 when anything would change.", rich_help_panel=_HOW)
]
PreviewOnlyOption = Annotated[
    bool, typer.Option("--preview-only", help="Show what would be done; do nothing.", rich_help_panel=_HOW)
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        metavar=_URN,
        help="Only this resource; `*` stands for anything but a colon, `**` for anything. Repeatable.",
        rich_help_panel=_WHICH,
        show_default=False,
    ),
]
TargetDependentsOption = Annotated[
    bool, typer.Option("--target-dependents", help="With --target: also what depends on it.", rich_help_panel=_WHICH)
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar=_URN, help="All but this resource. Repeatable.", rich_help_panel=_WHICH, show_default=False
    ),
]
ExcludeDependentsOption = Annotated[
    bool,
    typer.Option("--exclude-dependents", help="With --exclude: also what depends on it.", rich_help_panel=_WHICH),
]
ReplaceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        metavar=_URN,
        help="Replace this resource even if nothing changed. Repeatable.",
        rich_help_panel=_WHICH,
        show_default=False,
    ),
]
TargetReplaceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target-replace",
        metavar=_URN,
        help="--target and --replace in one. Repeatable.",
        rich_help_panel=_WHICH,
        show_default=False,
    ),
]
ShowSecretsOption = Annotated[bool, typer.Option("--show-secrets", help="Print secrets in clear.")]
