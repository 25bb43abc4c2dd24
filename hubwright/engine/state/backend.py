"""Where states are kept: the port that the engine saves through. `file_backend` is the one on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StackName:
    """A stack of a project, in the one organization that DIY backends have."""

    project: str
    stack: str

    @property
    def full(self) -> str:
        """The name as the checkpoint holds it."""
        return f"organization/{self.project}/{self.stack}"


class StateBackend(Protocol):
    """Keeps one checkpoint text for each stack; called from one update at a time, proven by its lock."""

    def lock(self, name: StackName) -> AbstractContextManager[None]:
        """Hold the stack's lock for a block. Raises StateLockedError, naming the holder."""

    def load(self, name: StackName) -> str | None:
        """Return the checkpoint's text, None when the stack has none."""

    def save(self, name: StackName, text: str) -> None:
        """Replace the checkpoint at once and durably. Raises StateError, and then the old one is still there."""

    def back_up(self, name: StackName, text: str) -> None:
        """Keep a copy of the state as it was before an update."""

    def record_update(self, name: StackName, summary: Mapping[str, Any], text: str) -> None:
        """Append an update to the stack's history."""

    def list_stacks(self, project: str | None = None) -> list[StackName]:
        """Return the stacks that have a checkpoint."""

    def describe(self, name: StackName) -> str:
        """Return where the stack's checkpoint is, for messages."""
