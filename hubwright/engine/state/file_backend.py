"""States on local disk, in the layout of Pulumi's DIY file backend: `pulumi login file://<root>` opens the same.

::

    <root>/.pulumi/meta.yaml                          version: 1
    <root>/.pulumi/stacks/<project>/<stack>.json      the checkpoint, and .json.bak the one before
    <root>/.pulumi/backups/<project>/<stack>/…        the state before each update
    <root>/.pulumi/history/<project>/<stack>/…        each update, with the state after it
    <root>/.pulumi/locks/organization/<project>/<stack>/<uuid>.json
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from hubwright.core.errors import StateError, UnsupportedError
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.locks import hold_lock

_META: Final = "version: 1\n"
_PRIVATE_MODE: Final = 0o600


class FileBackend:
    """Keeps states below `root`/.pulumi; see the module for the layout."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".pulumi"

    def lock(self, name: StackName) -> AbstractContextManager[None]:
        """Hold the stack's lock for a block."""
        return hold_lock(self._folder / "locks" / "organization" / name.project / name.stack)

    def load(self, name: StackName) -> str | None:
        """Return the checkpoint's text, also from a compressed file, None when the stack has none."""
        plain = self._checkpoint(name)
        packed, other = plain.with_suffix(".json.gz"), plain.with_suffix(".json.zst")
        try:
            if plain.exists():
                return plain.read_text(encoding="utf-8")
            if packed.exists():
                return gzip.decompress(packed.read_bytes()).decode()
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise StateError(f"{plain}: cannot be read: {error}") from error
        if other.exists():
            raise UnsupportedError(f"{other}: a zstd-compressed state", hint="decompress it with `zstd -d`")
        return None

    def save(self, name: StackName, text: str) -> None:
        """Replace the checkpoint at once and durably; the one before stays as .bak."""
        target = self._checkpoint(name)
        try:
            self._write_meta()
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                _keep_previous(target)
            _replace_durably(target, text)
            target.with_suffix(".json.gz").unlink(missing_ok=True)
        except OSError as error:
            raise StateError(
                f"{target}: the state could not be saved: {error.strerror or error}",
                hint="the state before is still in place; make room or fix the permissions, then run again",
            ) from error

    def back_up(self, name: StackName, text: str) -> None:
        """Keep a copy of the state as it was before an update."""
        folder = self._folder / "backups" / name.project / name.stack
        self._write_extra(folder / f"{name.stack}.{time.time_ns()}.json", text)

    def record_update(self, name: StackName, summary: Mapping[str, Any], text: str) -> None:
        """Append an update to the stack's history."""
        folder = self._folder / "history" / name.project / name.stack
        stem = f"{name.stack}-{time.time_ns()}"
        self._write_extra(folder / f"{stem}.history.json", json.dumps(summary, indent=4) + "\n")
        self._write_extra(folder / f"{stem}.checkpoint.json", text)

    def list_stacks(self, project: str | None = None) -> list[StackName]:
        """Return the stacks that have a checkpoint, sorted."""
        files = (self._folder / "stacks").glob("*/*.json*")
        found = {
            StackName(file.parent.name, file.name.partition(".json")[0])
            for file in files
            if file.name.endswith((".json", ".json.gz"))
        }
        wanted = (name for name in found if project is None or name.project == project)
        return sorted(wanted, key=lambda name: (name.project, name.stack))

    def describe(self, name: StackName) -> str:
        """Return the checkpoint's path."""
        return str(self._checkpoint(name))

    def _checkpoint(self, name: StackName) -> Path:
        return self._folder / "stacks" / name.project / f"{name.stack}.json"

    def _write_meta(self) -> None:
        meta = self._folder / "meta.yaml"
        if not meta.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace_durably(meta, _META)

    def _write_extra(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace_durably(path, text)
        except OSError as error:
            raise StateError(f"{path}: cannot be written: {error.strerror or error}") from error


def _keep_previous(target: Path) -> None:
    """Make the checkpoint its own .bak by a hard link, so that no moment is without a whole file."""
    backup = target.with_name(target.name + ".bak")
    fresh = target.with_name(target.name + ".bak.new")
    fresh.unlink(missing_ok=True)
    fresh.hardlink_to(target)
    fresh.replace(backup)


def _replace_durably(target: Path, text: str) -> None:
    """Write beside the target, flush to disk, then rename over it; a failure leaves the target as it was."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _flush_folder(target.parent)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
