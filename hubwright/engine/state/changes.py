"""What a running update changes, as lines of a journal; and a checkpoint with such lines folded in.

A line is ``<CRC-32 as 8 hex digits> <JSON>``. The first, the header, numbers what the checkpoint beside it holds; each
later one holds changes that count together or not at all. A last line that is cut was never promised to anybody and
does not count. The state that a journal describes has two halves, as in the engine: what the update finished, in that
order, then what it has not yet seen.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hubwright.core.errors import StateError
from hubwright.engine.records import PendingOperation, ResourceRecord

_CRC_DIGITS: Final = 8
_JOURNAL_VERSION: Final = 1


@dataclass(slots=True, eq=False)
class Change:
    """One step of the state. Numbers name records and pending operations as long as the journal lives."""

    keep: list[tuple[int, int]] = field(default_factory=list)
    """Records that the program wants again as they are: their old number and their new one."""
    put: list[tuple[int, ResourceRecord]] = field(default_factory=list)
    """Records that changed where they are."""
    drop: list[int] = field(default_factory=list)
    add: list[tuple[int, ResourceRecord]] = field(default_factory=list)
    """Records that are there now, after all that was finished before."""
    add_old: list[tuple[int, ResourceRecord]] = field(default_factory=list)
    """Records that count as left from before, found by looking at an interrupted operation."""
    begin: list[tuple[int, PendingOperation]] = field(default_factory=list)
    end: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of what a checkpoint holds, in its order; the first `finished` resources are the update's own."""

    resources: Sequence[int]
    pending: Sequence[int]
    finished: int = 0


def header_line(numbering: Numbering) -> bytes:
    """Begin a journal."""
    return _line(
        {
            "journal": _JOURNAL_VERSION,
            "resources": list(numbering.resources),
            "pending": list(numbering.pending),
            "finished": numbering.finished,
        }
    )


def changes_line(
    changes: Sequence[Change],
    format_record: Callable[[ResourceRecord], dict[str, Any]],
    secrets_provider: Callable[[], Mapping[str, Any] | None],
) -> bytes:
    """Write changes. `secrets_provider`, asked after they are written, is what a reader needs to open their secrets."""
    entries = [_entry(change, format_record) for change in changes]
    provider = secrets_provider()
    return _line([*entries, {"secrets_providers": provider}] if provider is not None else entries)


def _entry(change: Change, format_record: Callable[[ResourceRecord], dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if change.keep:
        entry["keep"] = change.keep
    for key, records in (("put", change.put), ("add", change.add), ("addOld", change.add_old)):
        if records:
            entry[key] = [(number, format_record(record)) for number, record in records]
    if change.drop:
        entry["drop"] = change.drop
    if change.begin:
        entry["begin"] = [
            (number, {"resource": format_record(operation.record), "type": operation.kind.value})
            for number, operation in change.begin
        ]
    if change.end:
        entry["end"] = change.end
    return entry


def _line(entry: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    data = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def fold(latest: Mapping[str, Any], journal: bytes, *, source: str) -> tuple[dict[str, Any], int]:
    """Return a checkpoint's deployment with a journal's changes, and how many they are.

    Raises StateError, naming the line, when the journal is damaged anywhere but at its very end.
    """
    lines = _lines(journal, source)
    header = next(lines, None)
    if header is None:  # it was begun and holds nothing
        return dict(latest), 0
    try:
        state = _State(latest, header)
        count = 0
        for entries in lines:
            for entry in entries:
                state.apply(entry)
            count += len(entries)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _damaged(source, f"its changes do not fit the checkpoint: {error!r}") from error
    return state.deployment(latest), count


class _State:
    """The two halves of a state while it is folded."""

    def __init__(self, latest: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        if header.get("journal") != _JOURNAL_VERSION:
            raise ValueError(f"journal version {header.get('journal')}")
        resources = list(zip(header["resources"], latest.get("resources") or (), strict=True))
        self._finished = dict(resources[: header["finished"]])
        self._unseen = dict(resources[header["finished"] :])
        self._pending = dict(zip(header["pending"], latest.get("pending_operations") or (), strict=True))
        self._secrets_provider = latest.get("secrets_providers")

    def apply(self, entry: Mapping[str, Any]) -> None:
        for number, record in entry.get("put", ()):
            half = self._finished if number in self._finished else self._unseen
            if number not in half:
                raise KeyError(number)
            half[number] = record
        for number in entry.get("drop", ()):
            self._take(number)
        for old, new in entry.get("keep", ()):
            self._finished[new] = self._take(old)
        self._finished.update(entry.get("add", ()))
        self._unseen.update(entry.get("addOld", ()))
        self._pending.update(entry.get("begin", ()))
        for number in entry.get("end", ()):
            del self._pending[number]
        self._secrets_provider = entry.get("secrets_providers", self._secrets_provider)

    def _take(self, number: int) -> Any:
        return self._unseen.pop(number) if number in self._unseen else self._finished.pop(number)

    def deployment(self, latest: Mapping[str, Any]) -> dict[str, Any]:
        changed = {
            "secrets_providers": self._secrets_provider,
            "resources": [*self._finished.values(), *self._unseen.values()],
            "pending_operations": list(self._pending.values()),
        }
        kept = {key: value for key, value in latest.items() if key not in {*changed, "metadata"}}
        rest = {"metadata": latest["metadata"]} if "metadata" in latest else {}
        return kept | {key: value for key, value in changed.items() if value} | rest


def _lines(journal: bytes, source: str) -> Iterator[Any]:
    *lines, torn = journal.split(b"\n")
    del torn
    for number, line in enumerate(lines, start=1):
        data = line[_CRC_DIGITS + 1 :]
        if line[:_CRC_DIGITS] != b"%08x" % zlib.crc32(data):
            if number == len(lines):
                return
            raise _damaged(source, f"line {number} is not what was written")
        yield json.loads(data)


def _damaged(source: str, what: str) -> StateError:
    return StateError(
        f"{source}: the journal of an interrupted update is damaged: {what}",
        hint="move it away and run `hubwright refresh`: what is in it is lost to the state, but still in the cloud",
    )
