"""Bring a stack's state to what is really there, without running the program."""

from __future__ import annotations

from collections.abc import Callable

from hubwright.core.errors import UnexpectedChangesError
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.steps import RunReport, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine


def run_refresh(
    target: DeployTarget,
    display: Display,
    confirm: Callable[[], None],
    *,
    preview_only: bool = False,
    expect_no_changes: bool = False,
) -> RunReport:
    """Look at every resource, show what differs, ask, and write it into the state.

    Raises UnexpectedChangesError (exit 7), before anything is written, with `expect_no_changes` when anything differs.
    """
    results: list[UpdateResult] = []

    def preview() -> None:
        engine = open_engine(target, display.event)
        with interruptible(engine, display):
            results.append(engine.preview_refresh(target.run))
        if results[0].changes and expect_no_changes:
            raise UnexpectedChangesError(
                f"the resources of stack {target.stack} differ from its state", hint="see the resources above"
            )
        if results[0].changes and not preview_only:
            confirm()

    def refresh() -> None:
        engine = open_engine(target, display.event)
        with interruptible(engine, display):
            results.append(engine.refresh(target.run))

    steps = [*surroundings_steps(target, display, Surroundings()), Step("preview", preview)]
    if not preview_only:
        steps.append(Step("refresh", refresh))
    timings = run_steps(steps, display)
    return RunReport(results[-1], timings)
