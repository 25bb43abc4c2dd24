"""The virtual environment of the OpenStack daemon: built once from the lock file, kept outside the checkout.

OpenStack pins what hubwright also needs, at other versions, so the two never share an environment. A finished one is
recognised by its name, which holds a digest of the lock file and of the interpreter; it is built beside that name and
renamed, so an interrupted build leaves nothing that could be taken for a finished one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hubwright.core.errors import SandboxError
from hubwright.core.progress import Progress, progress_step

_LOCK_FILE = Path(__file__).with_name("requirements.lock")
_STEP = "OpenStack environment"
_BUILD_TIMEOUT_S = 1800
_ERROR_LINES = 10


def ensure_environment(progress: Progress, cache_dir: Path | None = None) -> Path:
    """Return the Python of the OpenStack environment, built first when there is none yet.

    `cache_dir` defaults to ``$XDG_CACHE_HOME/hubwright``. Parallel callers wait for one another. Raises SandboxError
    when the packages cannot be installed.
    """
    folder = (cache_dir or _default_cache_dir()) / "openstack"
    target = folder / environment_name()
    python = target / "bin" / "python"
    if not python.exists():
        with progress_step(progress, _STEP), _locked(folder, progress):
            if not python.exists():
                _remove_unfinished(folder)
                _build(target, progress)
    return python


def environment_name() -> str:
    """Return the name of the environment that the lock file and this interpreter ask for."""
    digest = hashlib.sha256(_LOCK_FILE.read_bytes())
    digest.update(f"{sys.implementation.cache_tag} {os.uname().machine} {sys.base_prefix}".encode())
    return digest.hexdigest()[:16]


def _default_cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hubwright"


@contextmanager
def _locked(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the folder's lock; the kernel drops it with the process, so a killed build blocks nobody."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise SandboxError(f"{folder}: cannot be written: {error.strerror}", hint="set XDG_CACHE_HOME") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.update(_STEP, "another process builds it: waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unfinished(folder: Path) -> None:
    for leftover in folder.glob("*.building"):
        shutil.rmtree(leftover, ignore_errors=True)


def _build(target: Path, progress: Progress) -> None:
    building = target.with_name(f"{target.name}.building")
    try:
        progress.update(_STEP, "installing Keystone, Neutron and Octavia")
        for command in _build_commands(building):
            _run(command)
        building.rename(target)
    except OSError as error:
        raise SandboxError(f"{target}: {error.strerror}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _build_commands(building: Path) -> list[list[str]]:
    """The commands that make and fill an environment: uv where it is on PATH, else venv and pip."""
    python = str(building / "bin" / "python")
    if uv := shutil.which("uv"):
        return [
            [uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(building)],
            [
                uv,
                "pip",
                "sync",
                "--quiet",
                "--require-hashes",
                "--compile-bytecode",
                "--python",
                python,
                str(_LOCK_FILE),
            ],
        ]
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    return [
        [sys.executable, "-m", "venv", str(building)],
        [*install, "--requirement", str(_LOCK_FILE)],
    ]


def _run(command: Sequence[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_S, env=environment)
    except subprocess.CalledProcessError as error:
        tail = "\n".join(error.stderr.splitlines()[-_ERROR_LINES:])
        raise SandboxError("the OpenStack environment could not be built", hint=tail or None) from error
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"the OpenStack environment was not built within {_BUILD_TIMEOUT_S} s") from error
