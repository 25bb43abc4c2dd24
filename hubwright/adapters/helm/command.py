"""Runs Helm through pyhelm3, with what pyhelm3 leaves open: sessions, deadlines, flags and a private kubeconfig.

pyhelm3 is asynchronous; hubwright is not. Each call runs a loop of its own in the calling thread.

Traps of pyhelm3 0.5.8 that this module and `client` stay clear of: it starts Helm through a shell in our own terminal
session, so that one Ctrl-C would kill Helm half-way; ``wait`` always waits for jobs too; its ``disable_validation``
breaks the command line; it merges several values dicts by concatenating lists; it reads Helm's YAML as YAML 1.1.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pyhelm3
from pyhelm3.command import Command

from hubwright.adapters.helm.errors import helm_babbles, helm_died, helm_missing, translate_error
from hubwright.core.errors import CancelledError

Result = TypeVar("Result")

_CANCEL_POLL_S = 0.2
END_GRACE_S = 20.0
"""Helm gets this long to end by itself when it is told to; then it is killed."""

# pyhelm3 logs each command that fails, among them questions whose answer is "not found"; failures are raised anyway.
logging.getLogger("pyhelm3").setLevel(logging.CRITICAL)


class HelmCommand(Command):  # type: ignore[misc]
    """pyhelm3's command with flags that it does not know, and without those that it always adds."""

    def __init__(self, *, extra: Sequence[str] = (), dropped: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self._extra = list(extra)
        self._dropped = frozenset(dropped)

    async def run(self, command: list[Any], input: bytes | None = None) -> bytes:
        """Run Helm with `command`, adjusted."""
        arguments = [part for part in command if part not in self._dropped]
        output: bytes = await super().run([*arguments, *self._extra], input)
        return output


class _SessionLoop(asyncio.SelectorEventLoop):
    """A loop whose "shell" is no shell: it starts the program itself, in a session of its own.

    A Ctrl-C in the terminal then reaches hubwright alone, which decides whether Helm may finish.
    """

    def __init__(self) -> None:
        super().__init__()
        self._processes: list[asyncio.SubprocessTransport] = []

    async def subprocess_shell(self, protocol_factory: Any, cmd: str | bytes, **options: Any) -> Any:
        """Start `cmd` without a shell."""
        text = cmd.decode() if isinstance(cmd, bytes) else cmd
        started = await self.subprocess_exec(protocol_factory, *shlex.split(text), start_new_session=True, **options)
        self._processes.append(started[0])
        return started

    def kill_all(self) -> None:
        """End what is still running without mercy, children too."""
        for transport in self._processes:
            if transport.get_returncode() is None:
                with suppress(ProcessLookupError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)


def run_helm(
    call: Callable[[], Coroutine[Any, Any, Result]],
    *,
    what: str,
    timeout_s: float,
    values: Mapping[str, Any] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Run a pyhelm3 call to its end, or end Helm when `cancelled` turns true or `timeout_s` is over.

    Raises hubwright's errors only; secrets found in `values` are masked in their text.
    """
    with asyncio.Runner(loop_factory=_SessionLoop) as runner:
        try:
            return runner.run(_watch(call(), what=what, timeout_s=timeout_s, cancelled=cancelled))
        except pyhelm3.errors.Error as error:
            # The cause would carry Helm's whole output, secrets included, into a traceback.
            raise translate_error(error, what=what, values=values) from None
        except OSError as error:
            raise helm_missing(what, error) from error
        except ValueError:  # what pyhelm3 makes of output that is not JSON, or not UTF-8
            raise helm_babbles(what) from None


async def _watch(
    call: Coroutine[Any, Any, Result], *, what: str, timeout_s: float, cancelled: Callable[[], bool]
) -> Result:
    """Await `call` and cancel it when asked; pyhelm3 then terminates Helm, which marks the release as failed."""
    task = asyncio.ensure_future(call)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not task.done():
        await asyncio.wait([task], timeout=_CANCEL_POLL_S)
        if task.done():
            break
        late = loop.time() > deadline
        if late or cancelled():
            task.cancel()
            await asyncio.wait([task], timeout=END_GRACE_S)
            if not task.done() and isinstance(loop, _SessionLoop):
                loop.kill_all()
                await asyncio.wait([task])
            raise (
                helm_died(what, timeout_s)
                if late
                else CancelledError(f"{what}: stopped", hint="run the command again: it repairs the release first")
            )
    return task.result()


@contextmanager
def private_kubeconfig(text: str) -> Iterator[Path]:
    """Keep `text` in a file that only this user can read, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="hubwright-helm-") as folder:
        path = Path(folder) / "kubeconfig"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        yield path
