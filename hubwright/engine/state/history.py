"""The updates of a stack as the DIY backend keeps them: a summary and a checkpoint for each."""

from __future__ import annotations

import json

from hubwright.core.errors import StateError
from hubwright.core.object_store import ObjectStore
from hubwright.engine.state.backend import UpdateEntry
from hubwright.engine.state.compression import Compression, unpack

_SUMMARIES = tuple(f".history.json{kind.value}" for kind in Compression)


def read_updates(store: ObjectStore, prefix: str) -> list[UpdateEntry]:
    """Return the updates whose summaries are below `prefix`, the newest first: their names hold the time."""
    keys = [stored.key for stored in store.list_objects(prefix) if stored.key.endswith(_SUMMARIES)]
    entries = [_read(store, key, version) for version, key in enumerate(sorted(keys), start=1)]
    return [entry for entry in reversed(entries) if entry is not None]


def _read(store: ObjectStore, key: str, version: int) -> UpdateEntry | None:
    data = store.read(key)
    if data is None:
        return None
    try:
        content = json.loads(unpack(data, source=store.describe(key)))
        return UpdateEntry(
            version=version,
            kind=str(content["kind"]),
            result=str(content.get("result", "")),
            started_s=int(content["startTime"]),
            ended_s=int(content.get("endTime") or 0),
            message=str(content.get("message") or ""),
            changes=dict(content.get("resourceChanges") or {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{store.describe(key)}: not an update of the history", hint="remove the file") from error


def renamed_history(store: ObjectStore, old: str, new: str) -> list[tuple[str, str]]:
    """Return each object of a stack's history with its key after a rename: its name begins with the stack's.

    `old` and `new` are the folders, whose last parts are the stacks' names.
    """
    old_stack, new_stack = old.rpartition("/")[2], new.rpartition("/")[2]
    return [
        (stored.key, f"{new}/{new_stack}{stored.key.removeprefix(f'{old}/{old_stack}')}")
        for stored in store.list_objects(f"{old}/{old_stack}-")
    ]
