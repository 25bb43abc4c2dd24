"""Runs the Pulumi program in this process, as often as wanted, and explains its errors with the program's own lines.

Every run gets a fresh copy of the context variables in which the SDK keeps its settings, so that a preview and an
update in one process do not see each other.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import runpy
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

from pulumi import RunError
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.settings import ROOT, SETTINGS

from hubwright.core.errors import ConfigError, HubwrightError
from hubwright.engine.options import Program
from hubwright.engine.state.backend import StackName

_ENGINE_FOLDER: Final = str(Path(__file__).parent)
_THREADS_PER_OPERATION: Final = 4


class ProgramError(HubwrightError):
    """The program raised; the message has its file and line."""

    code = "program"


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """Everything that one run of a program needs. `monitor` and `log` stand in for the SDK's gRPC stubs."""

    program: Program
    name: StackName
    project_dir: Path
    config: Mapping[str, str]
    secret_config_keys: frozenset[str]
    monitor: object
    log: object
    parallel: int
    preview: bool


def run_program(run: ProgramRun) -> None:
    """Run to the end. Raises what the program raised: errors of ours as they are, others as ProgramError."""
    try:
        contextvars.copy_context().run(_run_in_context, run)
    except HubwrightError:
        raise
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise ProgramError(f"the program ended itself by sys.exit({stop.code!r})") from stop
    except RunError as error:
        raise ProgramError(str(error)) from error
    except Exception as error:
        raise _explain(error, run.project_dir) from error


def _run_in_context(run: ProgramRun) -> None:
    ROOT.set(None)
    configure(
        Settings(
            project=run.name.project,
            stack=run.name.stack,
            monitor=run.monitor,
            engine=run.log,
            parallel=run.parallel,
            dry_run=run.preview,
            organization="organization",
            root_directory=str(run.project_dir),
        )
    )
    set_all_config(dict(run.config), list(run.secret_config_keys))
    if not gc.get_freeze_count():
        # What is imported stays: the collector need not look at all of the SDKs' objects time and again. Only once,
        # since a second time would keep what the first run left.
        gc.freeze()
    with _entered(run.program) as program, _event_loop(run.parallel) as loop:
        loop.run_until_complete(run_in_stack(lambda: _run_and_wait(program)))


async def _run_and_wait(program: Callable[[], Any]) -> None:
    """Run the program and wait for its outputs, each registered with the loop once.

    The SDK waits for them at its end, but looks at all of them anew whenever one is there: with 1,000 resources that
    took most of a run. One that fails ends the wait: it is still in the SDK's set, and the SDK raises it.
    """
    result = program()
    if isawaitable(result):
        await result
    while True:
        with SETTINGS.lock:
            outputs = [output for output in SETTINGS.outputs if not output.done()]
            failed = any(output.done() for output in SETTINGS.outputs)
        if failed or not outputs:
            return
        await asyncio.wait(outputs, return_when=asyncio.FIRST_EXCEPTION)


@contextmanager
def _event_loop(parallel: int) -> Iterator[asyncio.AbstractEventLoop]:
    """Give a loop with enough threads that waiting registrations never starve one another."""
    loop = asyncio.new_event_loop()
    threads = ThreadPoolExecutor(max_workers=_THREADS_PER_OPERATION * parallel, thread_name_prefix="register")
    loop.set_default_executor(threads)
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        _end_tasks(loop)
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Wait for registrations that still run, then cancel what waits for something that will never come."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


@contextmanager
def _entered(program: Program) -> Iterator[Callable[[], Any]]:
    """Give the program as a function, with working folder and module path as Pulumi's language host sets them."""
    if not isinstance(program, Path):
        yield program
        return
    if not program.exists():
        raise ConfigError(f"{program}: there is no program", hint="see `main` in Pulumi.yaml")
    target = program.resolve()
    folder = target if target.is_dir() else target.parent
    before = Path.cwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield lambda: _execute(target)
    finally:
        os.chdir(before[0])
        sys.path[:] = before[1]
        _forget_modules(folder)


def _execute(target: Path) -> None:
    runpy.run_path(str(target), run_name="__main__")


def _forget_modules(folder: Path) -> None:
    """Drop the program's own modules, so that resources declared at their top level come again in the next run."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and Path(file).parent == folder:
            del sys.modules[name]


def _explain(error: Exception, project_dir: Path) -> ProgramError:
    where = _location(error, project_dir)
    text = f"{type(error).__name__}: {error}" if type(error) is not Exception else str(error)
    return ProgramError(f"{where}{text}", hint="the program raised this; see the line above" if where else None)


def _location(error: BaseException, project_dir: Path) -> str:
    """Return ``file:line: `` of the innermost line of the program that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_program_file(frame.filename):
            path = Path(frame.filename)
            shown = path.relative_to(project_dir) if path.is_relative_to(project_dir) else path
            return f"{shown}:{frame.lineno}: "
    return ""


def _is_program_file(filename: str) -> bool:
    if filename.startswith(("<", _ENGINE_FOLDER)):
        return False
    paths = sysconfig.get_paths()
    return not filename.startswith((paths["stdlib"], paths["purelib"], paths["platlib"]))
