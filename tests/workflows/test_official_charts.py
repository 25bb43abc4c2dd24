"""`charts: official`, over a chart repository on loopback: what was verified is what is installed."""

from __future__ import annotations

import hashlib
import http.server
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.core.errors import ApiError, ConfigError
from hubwright.core.progress import SilentProgress
from hubwright.engine.events import EngineEvent
from hubwright.engine.providers.base import OperationContext
from hubwright.engine.providers.kubernetes import create_provider
from hubwright.workflows.project import find_project
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget
from tests.adapters.kubernetes.cluster import boot_cluster, write_chart

RELEASE = "kubernetes:helm.sh/v3:Release"
VERSION = "1.2.3"


class SilentHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None: ...


class SilentDisplay(SilentProgress):
    def event(self, event: EngineEvent) -> None: ...

    def line(self, text: str) -> None: ...

    def warn(self, message: str) -> None: ...


@dataclass
class ChartRepository:
    """A folder served over HTTP, with one version of the chart `tiny`."""

    folder: Path
    address: str

    def publish(self, marker: str) -> str:
        """Put a package there whose ConfigMap holds `marker`; returns its digest."""
        chart = write_chart(self.folder / "sources" / marker / "tiny", templates__marker_yaml=_config_map(marker))
        package = self.folder / f"tiny-{VERSION}.tgz"
        with tarfile.open(package, "w:gz") as archive:
            archive.add(chart, "tiny")
        entry = f"  - {{apiVersion: v2, name: tiny, version: {VERSION}, urls: [{package.name}]}}"
        (self.folder / "index.yaml").write_text(f"apiVersion: v1\nentries:\n  tiny:\n{entry}\n")
        return hashlib.sha256(package.read_bytes()).hexdigest()


def _config_map(marker: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: marker}}\ndata: {{from: {marker}}}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[ChartRepository]:
    folder = tmp_path / "repository"
    folder.mkdir()
    handler = partial(SilentHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield ChartRepository(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def choose_charts(folder: Path, address: str, sha256: str, charts: str = "official") -> str:
    """Run the step `charts` of the stack `local` of a project whose charts.lock pins `tiny`."""
    (folder / "stacks").mkdir(parents=True)
    (folder / "charts-values").mkdir()
    (folder / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n")
    (folder / "stacks/Pulumi.local.yaml").write_text(f"config:\n  hubwright:charts: {charts}\n")
    pin = f"  tiny:\n    repository: {address}\n    version: {VERSION}\n    sha256: {sha256}\n"
    (folder / "charts-values/charts.lock").write_text(f"charts:\n{pin}")
    target = DeployTarget(find_project(folder), "local", "embedded", "max", None)
    surroundings = Surroundings()
    steps = {step.title: step for step in surroundings_steps(target, SilentDisplay(), surroundings)}
    steps["charts"].run()
    return surroundings.chart_source


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HUBWRIGHT_CHART_TINY", "")  # so that what the step sets is taken back


@pytest.fixture
def cluster(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KubernetesClient]:
    """The session's cluster, which this process's environment points at."""
    with pytest.MonkeyPatch.context() as usual:
        usual.delenv("XDG_CACHE_HOME")  # the binaries are in the user's cache
        booted = boot_cluster(request.config)
    (tmp_path / "kubeconfig").write_text(booted.kubeconfig)
    monkeypatch.setenv("HUBWRIGHT_HELM", str(booted.helm))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    with KubernetesClient(booted.kubeconfig) as client:
        yield client


@pytest.mark.contract
def test_a_package_changed_after_its_verification_is_not_installed(
    repository: ChartRepository, tmp_path: Path, cluster: KubernetesClient
):
    chosen = choose_charts(tmp_path / "project", repository.address, repository.publish("verified"))
    assert chosen == "official"
    repository.publish("swapped")
    provider, context = create_provider({}), OperationContext("urn", preview=False)
    news = {
        "chart": "tiny",
        "version": VERSION,
        "repositoryOpts": {"repo": repository.address},
        "name": "verified-chart",
        "namespace": "default",
    }
    checked = provider.check(RELEASE, None, news, "release", context)
    assert not checked.failures
    state = provider.create(RELEASE, checked.inputs, context)
    try:
        marker = cluster.get("v1", "ConfigMap", "marker", "default")
        assert marker is not None
        assert marker["data"] == {"from": "verified"}
        assert (state.outputs["chart"], state.outputs["version"]) == ("tiny", VERSION)
        assert str(tmp_path) not in repr(state), "no path of this machine may enter the state"
    finally:
        provider.delete(RELEASE, state.id, checked.inputs, state.outputs, context)


@pytest.mark.contract
def test_a_package_with_another_digest_stops_the_run(repository: ChartRepository, tmp_path: Path):
    digest = repository.publish("verified")
    repository.publish("swapped")
    with pytest.raises(ConfigError, match="does not verify"):
        choose_charts(tmp_path / "project", repository.address, digest)


@pytest.mark.contract
@pytest.mark.parametrize(("charts", "chosen"), [("auto", "official"), ("stand-in", "stand-in")])
def test_auto_takes_the_official_charts_within_reach(
    repository: ChartRepository, tmp_path: Path, charts: str, chosen: str
):
    digest = repository.publish("verified")
    assert choose_charts(tmp_path / "project", repository.address, digest, charts) == chosen


@pytest.mark.contract
def test_without_a_repository_auto_stands_in_and_official_says_what_to_do(tmp_path: Path):
    nowhere = "http://127.0.0.1:9"
    assert choose_charts(tmp_path / "first", nowhere, "a" * 64, "auto") == "stand-in"
    with pytest.raises(ApiError, match=r"127\.0\.0\.1 cannot be reached") as caught:
        choose_charts(tmp_path / "second", nowhere, "a" * 64)
    assert "stand-in" in str(caught.value.hint)
