"""What must be right before a program runs: its settings, the sandbox for `local`, its environment, charts, Helm."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial

from hubwright.core.binaries import Binaries
from hubwright.core.errors import StackNotFoundError
from hubwright.core.settings import CHARTS_KEY, CHARTS_VARIABLE
from hubwright.engine.preload import preload
from hubwright.sandbox.sandbox import SandboxEndpoints
from hubwright.toolchain import ensure_toolchain
from hubwright.workflows.charts import charts_within_reach, hand_over_charts, open_charts
from hubwright.workflows.display import Display
from hubwright.workflows.project import read_stack_file
from hubwright.workflows.sandbox import resume_sandbox
from hubwright.workflows.stack_settings import check_settings
from hubwright.workflows.steps import Step
from hubwright.workflows.target import DeployTarget, open_engine

OFFICIAL = "official"
STAND_IN = "stand-in"
AUTO = "auto"


@dataclass(slots=True)
class Surroundings:
    """What the steps below found: endpoints of the sandbox, and where the charts come from."""

    endpoints: SandboxEndpoints | None = None
    chart_source: str = OFFICIAL


def surroundings_steps(
    target: DeployTarget, display: Display, surroundings: Surroundings, *, with_cloud: bool = True
) -> list[Step]:
    """Return the steps that make ready what a stack needs and point this process's environment at it.

    Without `with_cloud` only what it takes to look at charts: no sandbox is started.

    The environment is how the official plugins get endpoint and credentials too, so that neither is in the state.
    """
    found: list[Binaries] = []
    if not target.uses_pulumi():
        preload()

    def find_binaries() -> None:
        found.append(ensure_toolchain(display))
        os.environ["HUBWRIGHT_HELM"] = str(found[0].helm)
        # Relative chart paths are relative to the program, wherever the command was typed.
        os.environ["HUBWRIGHT_PROGRAM_DIR"] = str(target.project.program_folder)

    def start_sandbox() -> None:
        surroundings.endpoints = resume_sandbox(target.project, found[0], target.speed, display)
        os.environ.update(surroundings.endpoints.environment())

    def choose_charts() -> None:
        surroundings.chart_source = _choose_charts(target, display)
        os.environ[CHARTS_VARIABLE] = surroundings.chart_source

    steps = [Step("settings", partial(check_settings, target)), Step("toolchain", find_binaries)]
    if target.is_local and with_cloud:
        steps.append(Step("sandbox", start_sandbox))
    return [*steps, Step("charts", choose_charts)]


def _choose_charts(target: DeployTarget, display: Display) -> str:
    """Settle `auto`: what the stack was deployed with, else official charts where they are at hand or can be fetched.

    Without the first rule a network that comes and goes would redeploy the hub with other charts.
    """
    wanted = str(read_stack_file(target.project, target.stack).config.get(CHARTS_KEY, OFFICIAL))
    charts = open_charts(target.project)
    if wanted == AUTO:
        wanted = _deployed_charts(target) or (OFFICIAL if charts_within_reach(charts, target.stack) else STAND_IN)
    if wanted == STAND_IN:
        display.line("notice: small stand-in charts are used in place of the official ones")
        return wanted
    hand_over_charts(charts, target.stack, display)
    return wanted


def _deployed_charts(target: DeployTarget) -> str | None:
    """Return which charts the stack has been deployed with, None when it has not."""
    try:
        source = open_engine(target, lambda _event: None).outputs().get("chart_source")
    except StackNotFoundError:
        return None
    return source if source in (OFFICIAL, STAND_IN) else None
