"""Delete everything that a stack has made."""

from __future__ import annotations

from collections.abc import Callable

from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.sandbox import kubeconfig_name
from hubwright.workflows.steps import RunReport, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine


def run_destroy(
    target: DeployTarget, display: Display, confirm: Callable[[], None], *, preview_only: bool = False
) -> RunReport:
    """Destroy a stack's resources and report.

    `confirm` is called before anything is deleted and raises when the user does not want to.
    """
    results: list[UpdateResult] = []

    def preview() -> None:
        engine = open_engine(target, display.event)
        with interruptible(engine, display):
            results.append(engine.preview_destroy(target.run))
        if results[0].changes and not preview_only:
            confirm()

    def destroy() -> None:
        engine = open_engine(target, display.event)
        with interruptible(engine, display):
            results.append(engine.destroy(target.run))

    steps = [*surroundings_steps(target, display, Surroundings()), Step("preview", preview)]
    if not preview_only:
        steps.append(Step("destroy", destroy))
    timings = run_steps(steps, display)
    if not preview_only and not (target.run.targets or target.run.excludes):
        (target.project.local_folder / kubeconfig_name(target.stack)).unlink(missing_ok=True)
    return RunReport(results[-1], timings)
