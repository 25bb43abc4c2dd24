"""Delete everything that a stack has made."""

from __future__ import annotations

from collections.abc import Callable

from hubwright.adapters.pulumi_cli import run_pulumi
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.sandbox import kubeconfig_name
from hubwright.workflows.steps import RunReport, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine


def run_destroy(target: DeployTarget, display: Display, confirm: Callable[[], None]) -> RunReport | None:
    """Destroy a stack's resources and report; None when the Pulumi CLI did it.

    `confirm` is called before anything is deleted and raises when the user does not want to.
    """
    if target.uses_pulumi():
        confirm()
        run_pulumi(["destroy", "--yes"], target.project.folder, target.stack)
        return None
    surroundings = Surroundings()
    results: list[UpdateResult] = []

    def destroy() -> None:
        engine = open_engine(target, display.event, surroundings.config_overrides)
        with interruptible(engine, display):
            results.append(engine.destroy())

    steps = surroundings_steps(target, display, surroundings)
    steps += [Step("confirmation", confirm), Step("destroy", destroy)]
    timings = run_steps(steps, display)
    (target.project.local_folder / kubeconfig_name(target.stack)).unlink(missing_ok=True)
    return RunReport(results[0], timings)
