"""Writes what an update changes to its journal, and the whole checkpoint where the journal ends or has grown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state.backend import JournalFile, StackName, StateBackend
from hubwright.engine.state.changes import Change, Numbering, changes_line, header_line
from hubwright.engine.state.checkpoint import CheckpointWriter, format_record

_GROWN_BYTES: Final = 8 * 1024 * 1024
"""A journal of this size is folded into the checkpoint in mid-update, so that reading it back takes but a moment."""


class ChangeLog:
    """One update's way to the disk; used by one thread at a time. `text` is the checkpoint as the update found it."""

    def __init__(self, backend: StateBackend, name: StackName, writer: CheckpointWriter, text: str | None) -> None:
        self._backend = backend
        self._name = name
        self._writer = writer
        self._text = text
        self._journal: JournalFile | None = None
        self._size_bytes = 0
        self._told_provider = False

    @property
    def has_grown(self) -> bool:
        """Whether the journal should be folded in before more is written."""
        return self._size_bytes > _GROWN_BYTES

    def require_encryption(self) -> None:
        """See that secrets can be encrypted; raises ConfigError or AuthenticationError for the passphrase."""
        assert self._writer.secrets.crypter.salt_state

    def append(self, changes: Sequence[Change], first: Numbering) -> None:
        """Write changes durably. `first` numbers the checkpoint that the update began with. Raises StateError."""
        secrets = self._writer.secrets
        data = changes_line(changes, lambda record: format_record(record, secrets), self._untold_provider)
        if self._journal is None:
            text = self._text if self._text is not None else self._writer.format(Snapshot())
            self._open(text, first)
        assert self._journal is not None
        self._journal.append(data)
        self._told_provider = self._writer.secrets_provider() is not None
        self._size_bytes += len(data)

    def _untold_provider(self) -> dict[str, Any] | None:
        """Return the secrets provider where no line of this journal has it yet."""
        return None if self._told_provider else self._writer.secrets_provider()

    def rewrite(self, snapshot: Snapshot, numbering: Numbering) -> None:
        """Write the whole state as it is now and go on with a new journal on top of it."""
        self._open(self._writer.format(snapshot), numbering)

    def finish(self, snapshot: Snapshot) -> None:
        """Write the whole state: the journal ends here."""
        self._backend.save(self._name, self._writer.format(snapshot))
        self.close()

    def close(self) -> None:
        """Give back what is held open; what is on disk stays as it is."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _open(self, text: str, numbering: Numbering) -> None:
        journal = self._backend.open_journal(self._name, text, header_line(numbering))
        self.close()
        self._journal = journal
        self._size_bytes = 0
