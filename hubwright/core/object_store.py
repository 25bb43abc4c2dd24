"""The port to places that keep named objects: a folder on disk, a bucket of an object storage.

Keys are relative paths with slashes. Every method raises StateError, naming the object, when the place does not do as
it was asked; what was there before is then still there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's key, and when it was last written, in seconds since 1970."""

    key: str
    modified_s: float


class ObjectLog(Protocol):
    """An object that only grows."""

    def append(self, data: bytes) -> None:
        """Add to the end; returns once it is durable. After a StateError none of `data` counts."""

    def close(self) -> None:
        """Give back what is held open."""


class ObjectStore(Protocol):
    """Keeps objects; safe to use from several threads and processes."""

    def read(self, key: str) -> bytes | None:
        """Return an object, None when there is none."""

    def write(self, key: str, data: bytes) -> None:
        """Create or replace an object: whoever reads sees the old or the new one whole. Returns once it is durable."""

    def create(self, key: str, data: bytes) -> bool:
        """Write an object unless there is one, and tell whether it was written.

        Of two that do this at one time only one is told so, where the place can promise that.
        """

    def copy(self, source: str, target: str) -> None:
        """Make `target` what `source` is."""

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """Return every object whose key begins with `prefix`, sorted by key."""

    def open_log(self, key: str) -> ObjectLog:
        """Begin a log. `key` names one that does not exist."""

    def read_log(self, key: str) -> bytes | None:
        """Return all that was appended to a log, and perhaps a part of what was about to be; None without a log."""

    def delete_log(self, key: str) -> None:
        """Remove a log; one that is not there is no error."""

    def list_logs(self, prefix: str) -> list[str]:
        """Return the keys of the logs whose key begins with `prefix`, sorted."""

    def describe(self, key: str) -> str:
        """Return an object's path or URL, for messages."""
