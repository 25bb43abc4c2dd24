"""The emulator's state: typed tables, written to one JSON file on every mutation and replaced atomically."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from hubwright.core.errors import SandboxError


class Entity(BaseModel):
    """A stored object. Frozen: a change is a new object put in the old one's place. Camel case on the wire."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    def wire(self) -> dict[str, Any]:
        """Return the JSON form that the API shows; fields declared with ``exclude`` stay inside."""
        return self.model_dump(mode="json", by_alias=True)


E = TypeVar("E", bound=Entity)


class Table(Generic[E]):
    """The objects of one kind by key, in order of creation."""

    def __init__(self, entity: type[E], lock: threading.RLock, changed: Callable[[], None]) -> None:
        self._entity = entity
        self._lock = lock
        self._changed = changed
        self._rows: dict[str, E] = {}

    def get(self, key: str) -> E | None:
        """Return the object, or None."""
        with self._lock:
            return self._rows.get(key)

    def all(self) -> list[E]:
        """Return all objects."""
        with self._lock:
            return list(self._rows.values())

    def ids(self) -> list[str]:
        """Return all keys."""
        with self._lock:
            return list(self._rows)

    def put(self, key: str, row: E) -> E:
        """Insert or replace, and write the snapshot."""
        with self._lock:
            self._rows[key] = row
            self._changed()
            return row

    def change(self, key: str, **fields: Any) -> E | None:
        """Replace some fields; None when the object is gone (it was deleted while work ran)."""
        with self._lock:
            row = self._rows.get(key)
            return None if row is None else self.put(key, row.model_copy(update=fields))

    def remove(self, key: str) -> None:
        """Delete, if present, and write the snapshot."""
        with self._lock:
            if self._rows.pop(key, None) is not None:
                self._changed()

    def clear(self) -> None:
        """Delete all without writing; `Store.reset` writes once."""
        self._rows.clear()

    def dump(self) -> dict[str, Any]:
        """Return the rows as JSON data, inner fields included."""
        return {key: {name: getattr(row, name) for name in type(row).model_fields} for key, row in self._rows.items()}

    def load(self, rows: dict[str, Any]) -> None:
        """Fill from `dump`'s data."""
        self._rows = {key: self._entity.model_validate(row) for key, row in rows.items()}


class Store:
    """All tables of one emulator; `path` None keeps them in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._tables: dict[str, Table[Any]] = {}
        self._saved: dict[str, Any] = _read_snapshot(path) if path else {}

    def table(self, name: str, entity: type[E]) -> Table[E]:
        """Open the table `name` with what the snapshot holds of it. Raises SandboxError for a broken snapshot."""
        table = Table(entity, self.lock, self._write)
        try:
            table.load(self._saved.get(name, {}))
        except (ValidationError, AttributeError) as error:
            raise _broken(self._path) from error
        self._tables[name] = table
        return table

    def reset(self) -> None:
        """Forget everything, so that tests never see each other's leftovers."""
        with self.lock:
            for table in self._tables.values():
                table.clear()
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        # Tables not opened yet keep what was saved of them.
        snapshot = {**self._saved, **{name: table.dump() for name, table in self._tables.items()}}
        write_private(self._path, json.dumps(snapshot, default=_jsonable, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write `text` readable by the owner alone (mode 0600), atomically: readers see the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SandboxError(
            f"could not write {path}: {error.strerror}", hint="free some space, then try again"
        ) from error


def _read_snapshot(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _broken(path) from error
    if not isinstance(data, dict):
        raise _broken(path)
    return data


def _broken(path: Path | None) -> SandboxError:
    return SandboxError(
        f"the OVH API's snapshot {path} cannot be read", hint="remove the sandbox: sandbox down --delete"
    )


def _jsonable(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value.isoformat()
