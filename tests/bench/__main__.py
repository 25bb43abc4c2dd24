"""Measure a whole life of the stack `local` in a sandbox of its own; JSON on stdout.

Every figure is the wall-clock time of a command as a user types it, in seconds. Machines are noisy: compare ratios
within one run (each figure also comes as a multiple of the time that `python -c pass` needs here), not runs.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.engine import measure_engine
from tests.bench.values import measure_values

_CHECKOUT = Path(__file__).resolve().parents[2]
_REPEATS = 5


def main() -> None:
    """Run the benchmark and print it."""
    baseline_s = _median_time([sys.executable, "-c", "pass"])
    with tempfile.TemporaryDirectory(prefix="hubwright-bench-") as folder:
        project = _copy_project(Path(folder))
        try:
            figures = _measure(project)
        finally:
            _run(project, "sandbox", "down", "--delete")
    figures["hubwright --help"] = {"wall_s": _median_time([_hubwright(), "--help"])}
    for figure in figures.values():
        figure["wall_s"] = round(figure["wall_s"], 2)
        figure["times_python_start"] = round(figure["wall_s"] / baseline_s, 1)
    report = {
        "python_start_s": round(baseline_s, 3),
        "figures": figures,
        "engine": measure_engine(),
        "values": measure_values(),
    }
    print(json.dumps({"version": 1, **report}, indent=2))


def _measure(project: Path) -> dict[str, dict[str, Any]]:
    figures = {"sandbox up, new": _time(project, "sandbox", "up", "--speed", "max")}
    figures["up, from nothing"] = _time(project, "up", "local", "--speed", "max", "--output", "json")
    figures["preview, no change"] = _time(project, "preview", "local", "--expect-no-changes", "--output", "json")
    figures["up, no change"] = _time(project, "up", "local", "--output", "json")
    figures["destroy"] = _time(project, "destroy", "local", "--yes", "--output", "json")
    _run(project, "sandbox", "down")
    figures["sandbox up, resumed"] = _time(project, "sandbox", "up", "--speed", "max")
    return figures


def _time(project: Path, *arguments: str) -> dict[str, Any]:
    started = perf_counter()
    stdout = _run(project, *arguments)
    figure: dict[str, Any] = {"wall_s": perf_counter() - started}
    if "json" in arguments:
        figure["phases_s"] = json.loads(stdout).get("phases_s")
    return figure


def _run(project: Path, *arguments: str) -> str:
    done = subprocess.run([_hubwright(), *arguments], cwd=project, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"hubwright {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _median_time(command: list[str]) -> float:
    def once() -> float:
        started = perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return perf_counter() - started

    once()
    return statistics.median(once() for _ in range(_REPEATS))


def _hubwright() -> str:
    return str(Path(sys.executable).with_name("hubwright"))


def _copy_project(folder: Path) -> Path:
    """Copy what a project consists of, so that the checkout's own sandbox and state are left alone."""
    project = folder / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "stacks", "components", "charts-values", "hubwright"):
        source = _CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__", ".pulumi"))
        else:
            shutil.copy(source, project / name)
    os.environ.pop("PULUMI_BACKEND_URL", None)
    return project


if __name__ == "__main__":
    main()
