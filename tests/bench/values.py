"""Measure checking values: 200 stacks of one chart in one cold process, beside `helm template` once for each; JSON.

Compare figures within one run, as machines are noisy: ``times_helm`` is how many times faster than Helm's own process
once for each stack; ``per_stack_ms`` of 50, 100 and 200 stacks shows that the time is linear.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from hubwright.core.progress import SilentProgress
from hubwright.toolchain import ensure_toolchain
from hubwright.workflows.values_sources import STAND_INS

_CHECKOUT = Path(__file__).resolve().parents[2]
_CHART = "binderhub"
_STACKS = 200
_SERIES = (50, 100, _STACKS)


def main() -> None:
    """Run the benchmark and print it."""
    print(json.dumps({"version": 1, "figures": measure_values()}, indent=2))


def measure_values() -> dict[str, dict[str, Any]]:
    """Measure, and return the figures by name."""
    helm = ensure_toolchain(SilentProgress()).helm
    with tempfile.TemporaryDirectory(prefix="hubwright-bench-") as folder:
        figures: dict[str, dict[str, Any]] = {}
        for count in _SERIES:
            project = _make_project(Path(folder) / str(count), count)
            figures[f"values check of {count} stacks"] = _figure(_check(project), count)
        by_helm_s = _by_helm(helm, project)
    figures[f"helm template of {_STACKS} stacks, one by one"] = _figure(by_helm_s, _STACKS)
    figures[f"values check of {_STACKS} stacks"]["times_helm"] = round(
        by_helm_s / figures[f"values check of {_STACKS} stacks"]["wall_s"], 1
    )
    return figures


def _figure(wall_s: float, count: int) -> dict[str, Any]:
    return {"wall_s": round(wall_s, 3), "per_stack_ms": round(wall_s / count * 1000, 2)}


def _make_project(folder: Path, count: int) -> Path:
    """A project of `count` stacks that differ in size, each with a layer and chart values of its own."""
    shutil.copytree(_CHECKOUT / "charts-values", folder / "charts-values")
    shutil.copy(_CHECKOUT / "Pulumi.yaml", folder)
    (folder / "stacks").mkdir()
    pattern = (_CHECKOUT / "stacks" / "Pulumi.ovh-example.yaml").read_text()
    pattern = pattern.replace("hubwright:charts: official", "hubwright:charts: stand-in")
    for number in range(count):
        own = f"    values:\n      imageCleaner: {{ delay: {number + 1} }}\n"
        text = pattern.replace("  hubwright:charts:", f"{own}  hubwright:charts:").replace(
            "maxActive: 150", f"maxActive: {50 + number}"
        )
        (folder / "stacks" / f"Pulumi.s{number}.yaml").write_text(text)
        layer = f"jupyterhub:\n  singleuser:\n    startTimeout: {300 + number}\n"
        (folder / "charts-values" / _CHART / f"s{number}.yaml").write_text(layer)
    return folder


def _check(project: Path) -> float:
    command = [str(Path(sys.executable).with_name("hubwright")), "values", "check", "--all", "--chart", _CHART]
    # Bytecode as an installed package has it, also where PYTHONDONTWRITEBYTECODE is set.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(project.parent / "bytecode")
    subprocess.run([command[0], "values", "check", "--help"], check=True, capture_output=True, env=environment)
    subprocess.run([*command[:3], "s0"], cwd=project, check=True, capture_output=True, env=environment)
    started = perf_counter()
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True, env=environment)
    wall_s = perf_counter() - started
    if done.returncode:
        sys.exit(f"values check ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
    return wall_s


def _by_helm(helm: Path, project: Path) -> float:
    """Helm alone, with the same layers: it reads, merges, checks the schema and renders."""
    folder = project / "charts-values" / _CHART
    shared = [folder / "base.yaml", folder / "profiles" / "binderhub-public.yaml", folder / "ovh.yaml"]
    arguments = [text for file in shared for text in ("--values", str(file))]
    started = perf_counter()
    for number in range(_STACKS):
        own = ["--values", str(folder / f"s{number}.yaml"), "--set", "config.BinderHub.use_registry=false"]
        command = [str(helm), "template", "hub", str(STAND_INS / _CHART), *arguments, *own]
        subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
