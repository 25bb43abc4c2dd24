"""Objects as files below a folder of the local disk. Every write is on the disk when it returns."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hubwright.adapters.files import PRIVATE_MODE, flush_folder, replace_file
from hubwright.core.errors import StateError
from hubwright.core.object_store import StoredObject

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class FolderStore:
    """The objects below `root`, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> bytes | None:
        """Return a file's content."""
        with _explained(self._root / key, "read"):
            try:
                return (self._root / key).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def write(self, key: str, data: bytes) -> None:
        """Write beside the target, flush to disk, then rename over it."""
        with _explained(self._root / key, "written"):
            replace_file(self._root / key, data, durable=True)

    def create(self, key: str, data: bytes) -> bool:
        """Write the file elsewhere, then link it into place, which fails where something is.

        Elsewhere is the folder above: any file in a lock's own folder is a lock to Pulumi's CLI.
        """
        target = self._root / key
        with _explained(target, "written"):
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.parent.parent / f".{uuid.uuid4().hex}.new"
            try:
                replace_file(fresh, data, durable=True)
                target.hardlink_to(fresh)
            except FileExistsError:
                return False
            finally:
                fresh.unlink(missing_ok=True)
            return True

    def copy(self, source: str, target: str) -> None:
        """Make the file known under a second name: files here are replaced, never changed."""
        path = self._root / target
        with _explained(path, "written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
            try:
                fresh.hardlink_to(self._root / source)
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                shutil.copyfile(self._root / source, fresh)
            fresh.replace(path)

    def delete(self, key: str) -> None:
        """Remove a file."""
        path = self._root / key
        with _explained(path, "removed"):
            path.unlink(missing_ok=True)

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """Walk the folder that the prefix names."""
        folder = self._root / prefix.rpartition("/")[0]
        found = []
        for path in folder.rglob("*"):
            key = path.relative_to(self._root).as_posix()
            if key.startswith(prefix) and path.is_file():
                try:
                    found.append(StoredObject(key, path.stat().st_mtime_ns / 1e9))
                except FileNotFoundError:
                    continue
        return sorted(found, key=lambda stored: stored.key)

    def open_log(self, key: str) -> FileLog:
        """Make an empty file, to be appended to."""
        path = self._root / key
        with _explained(path, "written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            log = FileLog(path)
            flush_folder(path.parent)
            return log

    def read_log(self, key: str) -> bytes | None:
        """Return the file's content."""
        return self.read(key)

    def delete_log(self, key: str) -> None:
        """Remove the file."""
        self.delete(key)

    def list_logs(self, prefix: str) -> list[str]:
        """Return the files."""
        return [stored.key for stored in self.list_objects(prefix)]

    def describe(self, key: str) -> str:
        """Return the file's path."""
        return str(self._root / key)


class FileLog:
    """A file that only grows. A write that failed half-way is cut off, so that no later one follows a torn line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, _NEW | os.O_APPEND, PRIVATE_MODE)
        self._length = 0

    def append(self, data: bytes) -> None:
        """Write and flush to disk."""
        with _explained(self._path, "written"):
            try:
                rest = data
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
                os.fsync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, self._length)
                raise
            self._length += len(data)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def _explained(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"{path}: cannot be {action}: {error.strerror or error}",
            hint="the state before is still in place; make room or fix the permissions, then run again",
        ) from error
