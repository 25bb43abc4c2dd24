"""Preview, then create or update everything that a stack declares, then prove that it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubwright.adapters.files import replace_file
from hubwright.engine.engine import UpdateResult
from hubwright.engine.property_values import unwrap_secrets
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.outputs import mask_secrets
from hubwright.workflows.preview import preview_update
from hubwright.workflows.sandbox import kubeconfig_name
from hubwright.workflows.steps import PhaseTiming, Step, run_steps
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget, open_engine
from hubwright.workflows.verification import ReadyPods, count_ready_pods, resolve_records


@dataclass(slots=True)
class UpReport:
    """What an update has done, and what stands now. `result` is None while it has not run."""

    stack: str
    result: UpdateResult | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    kubeconfig: Path | None = None
    pods: ReadyPods | None = None
    resolved: dict[str, list[str]] = field(default_factory=dict)
    timings: list[PhaseTiming] = field(default_factory=list)


def run_up(target: DeployTarget, display: Display, confirm: Callable[[], None]) -> UpReport:
    """Bring a stack up and report.

    `confirm` is called between preview and update and raises when the user does not want to go on. Nothing is asked
    when nothing would change.
    """
    report = UpReport(target.stack)
    surroundings = Surroundings()

    def preview() -> None:
        if preview_update(target, display).changes:
            confirm()

    def update() -> None:
        engine = open_engine(target, display.event)
        with interruptible(engine, display):
            report.result = engine.up(target.run)
        report.outputs = mask_secrets(engine.outputs())
        report.kubeconfig = _write_kubeconfig(target, unwrap_secrets(engine.outputs().get("kubeconfig")))

    def verify() -> None:
        if report.kubeconfig:
            report.pods = count_ready_pods(report.kubeconfig.read_text())
        if surroundings.endpoints:
            report.resolved = resolve_records(report.outputs, surroundings.endpoints.cloud.dns_address)

    steps = surroundings_steps(target, display, surroundings)
    steps += [Step("preview", preview), Step("update", update), Step("verification", verify)]
    report.timings = run_steps(steps, display)
    return report


def _write_kubeconfig(target: DeployTarget, content: Any) -> Path | None:
    """Write the cluster's kubeconfig where only its owner may read it; None when the stack exports none."""
    if not isinstance(content, str):
        return None
    file = target.project.local_folder / kubeconfig_name(target.stack)
    replace_file(file, content)
    return file
