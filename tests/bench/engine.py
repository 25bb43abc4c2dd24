"""Measure the embedded engine alone: 100 and 1,000 resources of a provider that does nothing.

Each figure is of a process of its own. The floor is the same program with a monitor that answers at once: what the SDK
itself costs for each resource, which no engine can avoid. A busy machine makes both longer, so that the ratio and the
processor time are what to compare; threads that wait for each other's turn make wall time more than their work.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Any

SIZES = (100, 1000)
REPEATS = 3


def measure_engine() -> dict[str, Any]:
    """Return the figures, with the engine's own share of each."""
    figures: dict[str, Any] = {}
    for size in SIZES:
        runs = [_in_a_process(size) for _ in range(REPEATS)]
        # The least disturbed run of each kind: noise only ever adds.
        best = {key: min(run[key] for run in runs) for key in runs[0]}
        figures[str(size)] = {
            "imports_s": round(best["imports"], 3),
            "verbs": {verb: _compare(best, verb, size) for verb in ("create", "same_preview", "same_up")},
            "peak_mib": {key: round(median(run[f"{key}_mib"] for run in runs)) for key in ("imports", "all")},
        }
    return figures


def _compare(best: dict[str, float], verb: str, size: int) -> dict[str, float]:
    floor = "floor_preview" if verb == "same_preview" else "floor_up"
    return {
        "wall_s": round(best[f"{verb}_wall"], 3),
        "floor_wall_s": round(best[f"{floor}_wall"], 3),
        "times_floor": round(best[f"{verb}_wall"] / best[f"{floor}_wall"], 2),
        "own_wall_ms_each": round((best[f"{verb}_wall"] - best[f"{floor}_wall"]) / size * 1000, 3),
        "own_cpu_ms_each": round((best[f"{verb}_cpu"] - best[f"{floor}_cpu"]) / size * 1000, 3),
        "registration_cpu_ms_each": round(best[f"{verb}_registrations"] / size * 1000, 3),
    }


def _in_a_process(size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.engine", str(size)], check=True, capture_output=True, text=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(size: int) -> dict[str, float]:
    """Run floor and engine in this process; imports first, so that they are in no other figure."""
    started = perf_counter()
    import pulumi

    from tests.bench.no_op import bare_run, engine_for, program

    assert pulumi
    _clock_registrations()
    measured = {"imports": perf_counter() - started, "imports_mib": _peak_mib()}
    declare = program(size)
    bare_run(program(1), preview=False)
    measured |= _time("floor_up", lambda: bare_run(declare, preview=False))
    measured |= _time("floor_preview", lambda: bare_run(declare, preview=True))
    with tempfile.TemporaryDirectory(prefix="hubwright-bench-") as folder:
        engine = engine_for(Path(folder), declare)
        for verb, run in (("create", engine.up), ("same_preview", engine.preview), ("same_up", engine.up)):
            measured |= _time(verb, run)
    measured["all_mib"] = _peak_mib()
    return measured


def _time(name: str, run: Callable[[], Any]) -> dict[str, float]:
    _registrations.clear()
    started, cpu_started = perf_counter(), process_time()
    run()
    wall, cpu = perf_counter() - started, process_time() - cpu_started
    return {f"{name}_wall": wall, f"{name}_cpu": cpu, f"{name}_registrations": sum(_registrations)}


_registrations: list[float] = []


def _clock_registrations() -> None:
    """Have the engine's answers to the program timed by their own threads' clocks: what the engine itself computes."""
    from hubwright.engine.monitor import Monitor

    register = Monitor.RegisterResource

    def timed(monitor: Any, request: Any) -> Any:
        started = thread_time()
        try:
            return register(monitor, request)
        finally:
            _registrations.append(thread_time() - started)

    Monitor.RegisterResource = timed  # type: ignore[method-assign]


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
