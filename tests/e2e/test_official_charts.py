"""`hubwright up local` with charts from a configured repository, end to end: what is locked is what is installed.

The official repositories are played by one on loopback, with the stand-ins packaged as the official charts are: names,
versions and digests of charts.lock, no mark of a stand-in. The tests of this file are chapters of one story.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.helm import HelmClient
from hubwright.toolchain import find_toolchain
from tests.charts.official import publish_pinned
from tests.charts.repositories import LoopbackRepository, serve

from .conftest import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.contract]

BINDERHUB, TRAEFIK = "1.0.0-0.dev.git.3983.h383374de", "41.1.1"


@pytest.fixture(scope="module")
def repository(deployment: Deployment) -> Iterator[LoopbackRepository]:
    with pytest.MonkeyPatch.context() as environment, serve() as served:
        environment.setenv("XDG_CACHE_HOME", str(own_cache(deployment, "cache")))
        publish_pinned(served, deployment.folder)
        yield served


def own_cache(deployment: Deployment, name: str) -> Path:
    """A cache without any chart, in which the user's binaries and environments are."""
    cache = deployment.folder / name / "hubwright"
    cache.mkdir(parents=True)
    for entry in (Path.home() / ".cache/hubwright").iterdir():
        if entry.name != "charts":
            (cache / entry.name).symlink_to(entry)
    return cache.parent


@pytest.fixture(scope="module")
def report(deployment: Deployment, repository: LoopbackRepository) -> dict[str, Any]:
    report: dict[str, Any] = deployment.json("up", "local", "--speed", "max")
    return report


def releases(report: dict[str, Any]) -> dict[str, str]:
    binaries = find_toolchain()
    assert binaries
    helm = HelmClient(Path(report["kubeconfig"]).read_text(), binary=binaries.helm)
    outputs = report["outputs"]
    names = ((outputs["release"], outputs["namespace"]), ("traefik", "ingress"))
    found = [helm.get_state(name, namespace=namespace) for name, namespace in names]
    return {state.chart: state.version for state in found if state and state.status == "deployed"}


def test_up_takes_the_charts_of_the_repository(report: dict[str, Any], repository: LoopbackRepository) -> None:
    assert report["outputs"]["chart_source"] == "official"
    assert report["pods"]["ready"] == report["pods"]["total"] > 0
    assert releases(report) == {"binderhub": BINDERHUB, "traefik": TRAEFIK}
    fetched = {path for path in repository.asked if path.endswith(".tgz")}
    assert fetched == {f"/binderhub-{BINDERHUB}.tgz", f"/traefik-{TRAEFIK}.tgz"}, "only what the stack needs"


def test_the_state_names_the_version_and_no_path(deployment: Deployment, report: dict[str, Any]) -> None:
    state = deployment.state_file.read_text()
    assert BINDERHUB in state
    assert str(deployment.folder) not in state
    assert "standin" not in state


def test_once_cached_the_repository_is_no_longer_needed(
    deployment: Deployment, report: dict[str, Any], repository: LoopbackRepository
) -> None:
    repository.faults["/index.yaml"] = 503
    asked = len(repository.asked)
    assert deployment.json("preview", "local", "--expect-no-changes")["changes"] is False
    assert len(repository.asked) == asked
    del repository.faults["/index.yaml"]


def test_a_package_changed_behind_its_version_stops_the_run_before_anything_is_touched(
    deployment: Deployment, report: dict[str, Any], repository: LoopbackRepository
) -> None:
    package = repository.packages[f"/traefik-{TRAEFIK}.tgz"]
    repository.publish("traefik", TRAEFIK, package + b"\0")
    refused = deployment.run("up", "local", XDG_CACHE_HOME=os.fspath(own_cache(deployment, "empty")))
    assert refused.returncode == 2
    assert "the chart traefik 41.1.1 does not verify" in refused.stderr
    assert releases(report) == {"binderhub": BINDERHUB, "traefik": TRAEFIK}
