"""Runs engines in children of a process that has imported everything, so that a run costs no start-up.

    python -m tests.engine.crashes.fork_server

reads one JSON list a line, ``["module:function", arguments…]``, and answers ``{"signal": 9}`` or
``{"answer": …}`` or ``{"error": …}``, each child's own.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]


class ForkServer:
    """The tests' side: starts the warm process, `run` has it fork."""

    def __init__(self, *modules: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.crashes.fork_server", *modules],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, function: str, *arguments: Any) -> dict[str, Any]:
        """Call ``module:function`` in a fresh child and return what became of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([function, *arguments]) + "\n")
        self._process.stdin.flush()
        outcome: dict[str, Any] = json.loads(self._process.stdout.readline())
        return outcome

    def stop(self) -> None:
        """End the warm process."""
        end_with_input(self._process)


def end_with_input(process: subprocess.Popen[str]) -> None:
    """Close the input of a process that ends with it, and wait until it has ended."""
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


def main(modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    assert threading.active_count() == 1, "a process with threads must not fork"
    for line in sys.stdin:
        function, *arguments = json.loads(line)
        print(json.dumps(_fork(function, arguments)), flush=True)


def _fork(function: str, arguments: list[Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(writing, function, arguments)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    outcome: dict[str, Any] = json.loads(text)
    return outcome


def _be_child(writing: int, function: str, arguments: list[Any]) -> None:
    """Do the work and leave without running anything of the parent's."""
    try:
        module, _, name = function.partition(":")
        outcome = {"answer": getattr(importlib.import_module(module), name)(*arguments)}
    except BaseException as error:  # noqa: BLE001 - the tests' side is told, whatever it was
        outcome = {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    with os.fdopen(writing, "w") as pipe:
        pipe.write(json.dumps(outcome))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
