"""How long-running work reports what it does, without knowing about terminals.

A step says that it starts, how far it is, and that it ends; `hubwright.cli` draws a live line or prints plain ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Receives the start, the news and the end of named steps; called from any thread."""

    def start(self, step: str) -> None:
        """A step begins."""

    def update(self, step: str, message: str) -> None:
        """News of a running step, one short line."""

    def done(self, step: str, message: str = "") -> None:
        """A step ended well."""

    def fail(self, step: str, message: str = "") -> None:
        """A step ended badly; the error itself is raised, not told here."""


class SilentProgress:
    """Says nothing: for library use and tests."""

    def start(self, step: str) -> None:
        """Ignore."""

    def update(self, step: str, message: str) -> None:
        """Ignore."""

    def done(self, step: str, message: str = "") -> None:
        """Ignore."""

    def fail(self, step: str, message: str = "") -> None:
        """Ignore."""


@contextmanager
def progress_step(progress: Progress, step: str) -> Iterator[None]:
    """Report a step around a block: start, then done, or fail when the block raises."""
    progress.start(step)
    try:
        yield
    except BaseException:
        progress.fail(step)
        raise
    progress.done(step)
