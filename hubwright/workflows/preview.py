"""Show what an update of a stack would change."""

from __future__ import annotations

from hubwright.core.errors import UnexpectedChangesError
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.steps import RunReport, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine


def run_preview(target: DeployTarget, display: Display, *, expect_no_changes: bool = False) -> RunReport:
    """Preview a stack and report.

    Raises UnexpectedChangesError (exit 7) with `expect_no_changes` when anything would change.
    """
    results: list[UpdateResult] = []

    def preview() -> None:
        results.append(preview_update(target, display))

    steps = [*surroundings_steps(target, display, Surroundings()), Step("preview", preview)]
    report = RunReport(timings=run_steps(steps, display), result=results[0])
    if expect_no_changes and report.result.changes:
        raise UnexpectedChangesError(f"stack {target.stack} would change", hint="see the resources above")
    return report


def preview_update(target: DeployTarget, display: Display) -> UpdateResult:
    """Preview an update with the engine of the target."""
    engine = open_engine(target, display.event)
    with interruptible(engine, display):
        return engine.preview(target.run)
