"""Writes a file so that its readers see all of it or nothing: what every whole-file write goes through."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

PRIVATE_MODE: Final = 0o600


def replace_file(target: Path, content: str | bytes, *, mode: int = PRIVATE_MODE, durable: bool = False) -> None:
    """Write `content` beside `target` and rename it over it; missing folders are made.

    A failure leaves the target as it was and nothing beside it. `durable` returns only once file and name are on the
    disk. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(target)
        if durable:
            flush_folder(target.parent)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def flush_folder(folder: Path) -> None:
    """Return once the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
