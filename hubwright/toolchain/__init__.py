"""Finds or builds the pinned binaries: Helm, the Kubernetes control plane, etcd, kwok, the registry."""

from __future__ import annotations

import os
import time
from pathlib import Path

from hubwright.core.binaries import Binaries
from hubwright.core.progress import Progress, progress_step
from hubwright.toolchain.build import build_binaries, build_lock
from hubwright.toolchain.discover import TOOLCHAIN_VARIABLE, find_cached, find_installed
from hubwright.toolchain.go_sdk import find_go
from hubwright.toolchain.pins import Pins, read_pins, tools_folder

__all__ = ["TOOLCHAIN_VARIABLE", "default_cache_dir", "ensure_toolchain", "find_toolchain"]

_STEP = "build the toolchain"


def default_cache_dir() -> Path:
    """Return ``$XDG_CACHE_HOME/hubwright/toolchain``, outside every checkout."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "hubwright" / "toolchain"


def find_toolchain(*, cache_dir: Path | None = None) -> Binaries | None:
    """Return the binaries when all are there already, in $HUBWRIGHT_TOOLCHAIN, on PATH or in the cache."""
    pins = read_pins(tools_folder())
    found = _find(pins, cache_dir or default_cache_dir())
    return Binaries(**found) if len(found) == len(pins.binaries) else None


def ensure_toolchain(progress: Progress, *, cache_dir: Path | None = None) -> Binaries:
    """Return the binaries, building what is missing: minutes on a cold cache, told to `progress`.

    Raises ToolchainError when there is no Go to build with, or when go fails. Runs at the same time wait for each
    other, and an interrupted build leaves nothing.
    """
    cache = cache_dir or default_cache_dir()
    pins = read_pins(tools_folder())
    found = _find(pins, cache)
    if len(found) < len(pins.binaries):
        with progress_step(progress, _STEP):
            _build_once(pins, cache, progress)
        found = find_cached(pins, cache / pins.cache_key) | found
    return Binaries(**found)


def _find(pins: Pins, cache: Path) -> dict[str, Path]:
    installed = find_installed(pins, os.environ, lambda _: None)
    if len(installed) == len(pins.binaries):
        return installed
    return find_cached(pins, cache / pins.cache_key) | installed


def _build_once(pins: Pins, cache: Path, progress: Progress) -> None:
    def tell(message: str) -> None:
        progress.update(_STEP, message)

    with build_lock(cache, tell):
        folder = cache / pins.cache_key
        if find_cached(pins, folder):
            return
        started = time.monotonic()
        find_installed(pins, os.environ, tell)
        go = find_go(pins.go_version, cache, tell)
        build_binaries(pins, go, folder, tell)
        tell(f"built {len(pins.binaries)} binaries in {time.monotonic() - started:.0f} s")
