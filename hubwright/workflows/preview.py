"""Show what an update of a stack would change."""

from __future__ import annotations

from hubwright.adapters.pulumi_cli import run_pulumi
from hubwright.core.errors import UnexpectedChangesError
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.steps import RunReport, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine


def run_preview(target: DeployTarget, display: Display, *, expect_no_changes: bool = False) -> RunReport | None:
    """Preview a stack and report; None when the Pulumi CLI ran it and printed its own.

    Raises UnexpectedChangesError (exit 7) with `expect_no_changes` when anything would change.
    """
    if target.uses_pulumi():
        run_pulumi(
            ["preview", *(["--expect-no-changes"] if expect_no_changes else [])], target.project.folder, target.stack
        )
        return None
    surroundings = Surroundings()
    results: list[UpdateResult] = []

    def preview() -> None:
        results.append(preview_embedded(target, display, surroundings.config_overrides))

    steps = [*surroundings_steps(target, display, surroundings), Step("preview", preview)]
    report = RunReport(timings=run_steps(steps, display), result=results[0])
    if expect_no_changes and report.result.changes:
        raise UnexpectedChangesError(f"stack {target.stack} would change", hint="see the resources above")
    return report


def preview_embedded(target: DeployTarget, display: Display, overrides: dict[str, str]) -> UpdateResult:
    """Preview a stack with the embedded engine."""
    engine = open_engine(target, display.event, overrides)
    with interruptible(engine, display):
        return engine.preview()
