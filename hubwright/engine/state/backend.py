"""Where states are kept: the port that engine and verbs go through. `diy_backend` keeps them in Pulumi's own layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a stack's lock. `place` is the lock's path or URL; `running` is None where nobody here can know."""

    place: str
    user: str
    host: str
    pid: int
    since: datetime | None
    running: bool | None

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid})"


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """One update in a stack's history. Times are seconds since 1970; `changes` counts resources by operation."""

    version: int
    kind: str
    result: str
    started_s: int
    ended_s: int
    message: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)


class JournalFile(Protocol):
    """Takes what a running update changes, line by line, beside the checkpoint."""

    def append(self, data: bytes) -> None:
        """Add whole lines durably. Raises StateError, and then none of them counts."""

    def close(self) -> None:
        """Give back what is held open; nothing on disk changes."""


class StateBackend(Protocol):
    """Keeps one checkpoint for each stack; changed by one run at a time, proven by its lock."""

    def lock(self, name: StackName) -> AbstractContextManager[Sequence[str]]:
        """Hold the stack's lock for a block; whatever an interrupted run left is made whole before the block begins.

        Gives notices for the user: a dead process's lock that was removed, a journal that was folded in. Raises
        StateLockedError, naming the holder.
        """

    def list_locks(self, name: StackName) -> list[LockHolder]:
        """Return who holds the stack's lock, the longest holder first."""

    def break_locks(self, name: StackName) -> list[LockHolder]:
        """Remove every lock of the stack, whoever holds it, and return the holders. A run that goes on will notice."""

    def load(self, name: StackName) -> str | None:
        """Return the checkpoint's text with everything that a journal adds to it; None when the stack has none."""

    def save(self, name: StackName, text: str) -> None:
        """Replace the checkpoint at once and durably; the one before stays as .bak, and a journal ends here.

        Raises StateError, and then what was there before is still there.
        """

    def open_journal(self, name: StackName, text: str, header: bytes) -> JournalFile:
        """Begin a journal on top of the checkpoint `text`. Until the next `save` other tools refuse the checkpoint."""

    def back_up(self, name: StackName) -> None:
        """Keep a copy of the state as it is, before an update; does nothing for a stack that has none."""

    def record_update(self, name: StackName, summary: Mapping[str, Any]) -> None:
        """Append an update to the stack's history, with a copy of the state as it is."""

    def read_history(self, name: StackName) -> list[UpdateEntry]:
        """Return the stack's updates, the newest first."""

    def list_stacks(self, project: str | None = None) -> list[StackName]:
        """Return the stacks that have a checkpoint, sorted."""

    def remove_stack(self, name: StackName, *, keep_backups: bool = False) -> None:
        """Delete a stack's checkpoint, history and journals; and its .bak and backups unless `keep_backups`."""

    def rename_stack(self, name: StackName, new_name: StackName, text: str) -> None:
        """Save `text` as the checkpoint of `new_name`, take the history along, and remove the old checkpoint.

        Raises StateError when there is a stack of the new name.
        """

    def describe(self, name: StackName) -> str:
        """Return where the stack's checkpoint is, for messages."""
