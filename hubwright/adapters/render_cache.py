"""Keeps what Helm rendered, by the digest of all that went into it. Nothing secret may be given to it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubwright.adapters.files import replace_file

_MOST_ENTRIES = 256
_FORM = 1
"""Raised when the form of an entry changes."""


@dataclass(frozen=True)
class RenderInput:
    """All that a rendering depends on."""

    chart_digest: str
    helm_digest: str
    release: str
    namespace: str
    kube_version: str | None
    api_versions: Sequence[str]
    values: Mapping[str, Any]

    def digest(self) -> str:
        """The SHA-256 of it all; the order of keys does not count, as Helm sorts them."""
        parts = [
            *(_FORM, self.chart_digest, self.helm_digest, self.release, self.namespace),
            *(self.kube_version, sorted(self.api_versions), self.values),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class RenderCache:
    """Renderings in a folder. An entry that cannot be read or written is as good as none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: RenderInput) -> str | None:
        """Return what was rendered from the same input before."""
        path = self._path(key)
        try:
            text = path.read_text(encoding="utf-8")
            os.utime(path)  # so that what is used stays
        except (OSError, UnicodeDecodeError):
            return None
        digest, _, rendered = text.partition("\n")
        return rendered if digest == _digest(rendered) else None

    def put(self, key: RenderInput, rendered: str) -> None:
        """Keep a rendering, and drop those that were not used for the longest time."""
        try:
            replace_file(self._path(key), f"{_digest(rendered)}\n{rendered}")
            entries = sorted(self._folder.glob("*.yaml"), key=lambda path: path.stat().st_mtime, reverse=True)
            for old in entries[_MOST_ENTRIES:]:
                old.unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, key: RenderInput) -> Path:
        return self._folder / f"{key.digest()}.yaml"


def default_folder() -> Path:
    """Where renderings are kept: ``$XDG_CACHE_HOME/hubwright/renders``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hubwright" / "renders"


def chart_digest(chart: Path) -> str:
    """The SHA-256 of a chart's package, or of the names and contents of all files of its folder, links followed."""
    if chart.is_file():
        return hashlib.sha256(chart.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for place, folders, names in os.walk(chart, followlinks=True):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            total.update(f"{file.relative_to(chart)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def program_digest(binary: Path) -> str:
    """What tells one build of a program from another without reading it: its place, size and time."""
    status = binary.stat()
    return hashlib.sha256(f"{binary}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
