"""Measure rendering: each profile in several sizes, by Helm alone, one by one, at once, and from the cache; JSON.

Compare figures within one run, as machines are noisy: ``times_helm`` is how many times faster than Helm's own process
once for each release, whose output nobody has even read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from components.value_layers import ValueLayers
from hubwright.adapters.render_cache import RenderCache
from hubwright.core.profiles import PROFILES
from hubwright.core.progress import SilentProgress
from hubwright.core.settings import parse_settings
from hubwright.core.stack_releases import stack_releases
from hubwright.core.yaml_source import load_yaml
from hubwright.toolchain import ensure_toolchain
from hubwright.workflows.chart_rendering import Capabilities, render_all
from hubwright.workflows.deployed_facts import make_facts
from hubwright.workflows.project import find_project
from hubwright.workflows.stack_values import ReleaseValues, merge_release, open_catalog

_CHECKOUT = Path(__file__).resolve().parents[2]
_SIZES = 6
_CAPABILITIES = Capabilities("1.34.0")


def main() -> None:
    """Run the benchmark and print it."""
    helm = ensure_toolchain(SilentProgress()).helm
    os.environ["HUBWRIGHT_HELM"] = str(helm)
    started = perf_counter()
    values = [release for profile in PROFILES for size in range(_SIZES) for release in _merge(profile, size)]
    merge_s = perf_counter() - started
    figures = {f"values of {len(values)} releases": merge_s, "helm template, one by one": _by_helm(helm, values)}
    with tempfile.TemporaryDirectory(prefix="hubwright-bench-") as folder:
        cache = RenderCache(Path(folder))
        figures["rendered and parsed, one by one"] = _timed(lambda: [_all([each]) for each in values])
        figures["rendered and parsed, at once"] = _timed(lambda: _all(values))
        figures["the same, filling the cache"] = _timed(lambda: _all(values, cache))
        figures["the same, from the cache"] = _timed(lambda: _all(values, cache))
    by_helm_s = figures["helm template, one by one"]
    rows = {
        name: {"wall_s": round(wall_s, 3), "times_helm": round(by_helm_s / wall_s, 1)}
        for name, wall_s in figures.items()
    }
    print(json.dumps({"version": 1, "releases": len(values), "cores": os.cpu_count(), "figures": rows}, indent=2))


def _merge(profile: str, size: int) -> list[ReleaseValues]:
    project = find_project(_CHECKOUT)
    file = project.stack_file("ovh-example")
    config = load_yaml(file.read_text(), source=file.name)["config"]
    config |= {"hubwright:hub": {"profile": profile, "users": {"maxActive": 10 + size}}}
    settings = parse_settings(config, stack="bench")
    releases = stack_releases(settings, make_facts({}, settings).facts, derive=lambda function, value: function(value))
    layers = ValueLayers(project.folder, settings.cloud.kind, "bench")
    catalog = open_catalog(project, "stand-in")
    return [merge_release(catalog, layers, release) for release in releases if release.chart != "traefik"]


def _all(values: Sequence[ReleaseValues], cache: RenderCache | None = None) -> object:
    return render_all(values, _CAPABILITIES, cache)


def _by_helm(helm: Path, values: Sequence[ReleaseValues]) -> float:
    def run() -> None:
        for each in values:
            command = [helm, "template", each.release.name, str(each.package), "--values", "-"]
            command += ["--kube-version", _CAPABILITIES.kube_version]
            text = json.dumps(each.merged.values)
            subprocess.run(command, input=text.encode(), check=True, capture_output=True)

    return _timed(run)


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
