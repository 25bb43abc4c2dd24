"""A workflow is a list of steps and one loop that runs them: read the list to know what a command does, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from hubwright.core.progress import Progress, progress_step
from hubwright.engine.result import UpdateResult


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its title for the user, and what it does."""

    title: str
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class PhaseTiming:
    """How long a step took, in seconds."""

    title: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class RunReport:
    """What the engine did, or would do, and how long each step of the command took."""

    result: UpdateResult
    timings: Sequence[PhaseTiming]


def run_steps(steps: Sequence[Step], progress: Progress) -> list[PhaseTiming]:
    """Run `steps` in order and return what each took; the first error ends the run and is raised."""
    timings = []
    for number, step in enumerate(steps, start=1):
        started = monotonic()
        with progress_step(progress, f"[{number}/{len(steps)}] {step.title}"):
            step.run()
        timings.append(PhaseTiming(step.title, monotonic() - started))
    return timings
