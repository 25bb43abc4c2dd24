"""Looks for binaries that are there already and trusts only what they say about their own version."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from hubwright.toolchain.pins import Pin, Pins

TOOLCHAIN_VARIABLE = "HUBWRIGHT_TOOLCHAIN"
_VERSION_TIMEOUT_S = 20.0


def find_installed(pins: Pins, environment: Mapping[str, str], tell: Callable[[str], None]) -> dict[str, Path]:
    """Return the binaries of the pinned version, by field, in $HUBWRIGHT_TOOLCHAIN and then on PATH.

    `tell` hears of each binary that was passed over, with the reason.
    """
    search = os.pathsep.join(filter(None, (environment.get(TOOLCHAIN_VARIABLE), environment.get("PATH"))))
    found = {}
    for pin in pins.binaries:
        path = _find(pin, search, tell)
        if path is not None:
            found[pin.field] = path
    return found


def find_cached(pins: Pins, folder: Path) -> dict[str, Path]:
    """Return the binaries of a finished build in `folder`, by field; empty when one is missing.

    They are not asked for their version: the folder's name is the digest of all that went into them.
    """
    paths = {pin.field: folder / pin.names[0] for pin in pins.binaries}
    return paths if all(os.access(path, os.X_OK) for path in paths.values()) else {}


def _find(pin: Pin, search: str, tell: Callable[[str], None]) -> Path | None:
    for folder in search.split(os.pathsep):
        for name in pin.names:
            candidate = shutil.which(name, path=folder) if folder else None
            if candidate is None:
                continue
            if pin.is_told_by(ask_version(Path(candidate), pin.version_arguments)):
                return Path(candidate).absolute()
            tell(f"{candidate} passed over: it does not say {pin.version}")
    return None


def ask_version(binary: Path, arguments: tuple[str, ...]) -> str:
    """Return what the binary prints about its version, empty when it does not run or takes too long."""
    try:
        answer = subprocess.run(
            [str(binary), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout + answer.stderr if answer.returncode == 0 else ""
