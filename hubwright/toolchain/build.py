"""Builds every pinned binary with one ``go install`` into a folder that appears only when it is complete."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hubwright.core.errors import ToolchainError
from hubwright.toolchain.pins import Pins

_LOCK_POLL_S = 0.5
_TAIL_LINES = 15
_PACKAGE = re.compile(r"[\w.~-]+(?:/[\w.~-]+)*")
_TERMINATION_GRACE_S = 5.0


@contextmanager
def build_lock(cache_dir: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the cache's lock; the kernel frees it when this process ends, however it ends."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        lock = (cache_dir / "lock").open("w")
    except OSError as error:
        raise ToolchainError(f"the toolchain's cache {cache_dir} cannot be used: {error.strerror}") from error
    with lock:
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    tell("waiting for another run that builds the toolchain")
                    told = True
                time.sleep(_LOCK_POLL_S)
        yield


def build_binaries(pins: Pins, go: Path, folder: Path, tell: Callable[[str], None]) -> None:
    """Build into `folder`, which must not exist; call it under `build_lock`.

    Raises ToolchainError with the end of the compiler's output. Whatever happens, `folder` is complete or absent.
    """
    for stale in folder.parent.glob("*.tmp-*"):
        shutil.rmtree(stale, ignore_errors=True)
    incoming = folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    work = incoming / "work"
    try:
        work.mkdir(parents=True)
        environment = go_environment(os.environ, binaries=incoming, work=work)
        tell("counting packages")
        total = _count_packages(pins, go, environment)
        _install(pins, go, environment, total, tell)
        for pin in pins.binaries:
            (incoming / pin.built_name).rename(incoming / pin.names[0])
        shutil.rmtree(work)
        incoming.rename(folder)
    except OSError as error:
        raise ToolchainError(
            f"the build of the toolchain failed: {error.strerror}: {error.filename}", hint=_hint(str(error.strerror))
        ) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def go_environment(environment: Mapping[str, str], *, binaries: Path, work: Path) -> dict[str, str]:
    """Return the environment of the build: the user's own, without what would change its result."""
    return {
        **environment,
        "GOBIN": str(binaries),
        # The compiler's scratch files go where an interrupted build is cleaned up.
        "GOTMPDIR": str(work),
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def _count_packages(pins: Pins, go: Path, environment: Mapping[str, str]) -> int:
    """Count what a cold build compiles; 0 when go cannot tell, since the build itself will say why."""
    answer = subprocess.run(
        [str(go), "list", "-deps", "tool"],
        cwd=pins.folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return len(answer.stdout.splitlines()) if answer.returncode == 0 else 0


def _install(pins: Pins, go: Path, environment: Mapping[str, str], total: int, tell: Callable[[str], None]) -> None:
    process = subprocess.Popen(
        [str(go), "install", "-v", "-trimpath", "-ldflags", pins.link_flags, "tool"],
        cwd=pins.folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        # A group of its own: an interrupt ends go and its compilers through us, once, and we see them end.
        process_group=0,
    )
    assert process.stderr is not None
    compiled = 0
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    try:
        for line in map(str.strip, process.stderr):
            if _PACKAGE.fullmatch(line):
                compiled += 1
                tell(f"compiling {line} ({compiled} of {total or '?'})")
            else:
                tail.append(line)
                if line.startswith("go: downloading "):
                    tell(line.removeprefix("go: "))
        if process.wait() != 0:
            output = "\n".join(tail)
            raise ToolchainError("go could not build the toolchain:\n" + output, hint=_hint(output))
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_TERMINATION_GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _hint(output: str) -> str:
    if "no space left" in output.lower():
        return "free about 5 GB of disk for Go's caches and the binaries, then run the command again"
    if "dial tcp" in output or "proxyconnect" in output or "i/o timeout" in output:
        return "the Go module proxy was not reachable: check the network and $GOPROXY, then run the command again"
    return "nothing half-made was left behind; what was compiled is kept in Go's cache for the next run"
