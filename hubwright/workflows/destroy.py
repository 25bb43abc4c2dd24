"""Delete everything that a stack has made."""

from __future__ import annotations

from collections.abc import Callable

from hubwright.adapters.pulumi_cli import run_pulumi
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.sandbox import kubeconfig_name
from hubwright.workflows.surroundings import enter_surroundings
from hubwright.workflows.target import DeployTarget, open_engine


def run_destroy(target: DeployTarget, display: Display, confirm: Callable[[], None]) -> UpdateResult | None:
    """Destroy a stack's resources and return the counts; None when the Pulumi CLI did it.

    `confirm` is called before anything is deleted and raises when the user does not want to.
    """
    if target.uses_pulumi():
        confirm()
        run_pulumi(["destroy", "--yes"], target.project.folder, target.stack)
        return None
    surroundings = enter_surroundings(target, display)
    confirm()
    engine = open_engine(target, display.event, surroundings.config_overrides)
    with interruptible(engine, display):
        result = engine.destroy()
    (target.project.local_folder / kubeconfig_name(target.stack)).unlink(missing_ok=True)
    return result
