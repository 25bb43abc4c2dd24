"""Ctrl-C while the engine runs: the first asks it to finish what runs and save, the second to give up waiting."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hubwright.workflows.display import Display
from hubwright.workflows.target import DeployEngine


@contextmanager
def interruptible(engine: DeployEngine, display: Display) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into the engine's two ways to stop, for the length of the block."""
    seen = 0

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen == 1:
            display.warn("stopping: running operations finish and the state is saved; once more to give up waiting")
        engine.cancel(hard=seen > 1)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
