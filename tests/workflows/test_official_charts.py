"""`charts: official`, over a chart repository on loopback: what was verified is what is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.core.errors import ApiError, ConfigError
from hubwright.core.progress import SilentProgress
from hubwright.core.yaml_source import dump_yaml
from hubwright.engine.events import EngineEvent
from hubwright.engine.providers.base import OperationContext
from hubwright.engine.providers.kubernetes import create_provider
from hubwright.workflows.project import find_project
from hubwright.workflows.surroundings import Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget
from tests.adapters.kubernetes.cluster import boot_cluster
from tests.charts.repositories import LoopbackRepository, make_package, serve

RELEASE = "kubernetes:helm.sh/v3:Release"
PROJECT = Path(__file__).resolve().parents[2]
VERSION = "1.2.3"
NO_PACKAGES = dict.fromkeys(("binderhub", "traefik"), "a" * 64)


class SilentDisplay(SilentProgress):
    def event(self, event: EngineEvent) -> None: ...

    def line(self, text: str) -> None: ...

    def warn(self, message: str) -> None: ...


def publish(repository: LoopbackRepository, marker: str) -> dict[str, str]:
    """Publish what a BinderHub stack needs, with a ConfigMap that holds `marker`; returns the digests."""
    template = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: marker}}\ndata: {{from: {marker}}}\n"
    return {
        name: repository.publish(name, VERSION, make_package(name, VERSION, files={"templates/marker.yaml": template}))
        for name in ("binderhub", "traefik")
    }


@pytest.fixture
def repository() -> Iterator[LoopbackRepository]:
    with serve() as served:
        yield served


def choose_charts(folder: Path, address: str, digests: dict[str, str], charts: str = "official") -> str:
    """Run the step `charts` of the stack `local` of a project whose charts.lock pins more than that stack needs."""
    (folder / "stacks").mkdir(parents=True)
    (folder / "charts-values").mkdir()
    (folder / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n")
    stack = (PROJECT / "stacks/Pulumi.local.yaml").read_text()
    (folder / "stacks/Pulumi.local.yaml").write_text(stack.replace("charts: auto", f"charts: {charts}"))
    pins = {name: {"repository": address, "version": VERSION, "sha256": digest} for name, digest in digests.items()}
    pins["grafana"] = {"repository": "http://127.0.0.1:9", "version": "1.0.0", "sha256": "a" * 64}
    (folder / "charts-values/charts.lock").write_text(dump_yaml({"charts": pins}))
    target = DeployTarget(find_project(folder), "local", "embedded", "max", None)
    surroundings = Surroundings()
    steps = {step.title: step for step in surroundings_steps(target, SilentDisplay(), surroundings)}
    steps["charts"].run()
    return surroundings.chart_source


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("BINDERHUB", "TRAEFIK"):
        monkeypatch.setenv(f"HUBWRIGHT_CHART_{name}", "")  # so that what the step sets is taken back


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
    repository: LoopbackRepository, tmp_path: Path, cluster: KubernetesClient
):
    chosen = choose_charts(tmp_path / "project", repository.address, publish(repository, "verified"))
    assert chosen == "official"
    publish(repository, "swapped")
    provider, context = create_provider({}), OperationContext("urn", preview=False)
    news = {
        "chart": "binderhub",
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
        assert (state.outputs["chart"], state.outputs["version"]) == ("binderhub", VERSION)
        assert str(tmp_path) not in repr(state), "no path of this machine may enter the state"
    finally:
        provider.delete(RELEASE, state.id, checked.inputs, state.outputs, context)


@pytest.mark.contract
def test_a_package_with_another_digest_stops_the_run(repository: LoopbackRepository, tmp_path: Path):
    digests = publish(repository, "verified")
    publish(repository, "swapped")
    with pytest.raises(ConfigError, match="does not verify"):
        choose_charts(tmp_path / "project", repository.address, digests)


@pytest.mark.contract
@pytest.mark.parametrize(("charts", "chosen"), [("auto", "official"), ("stand-in", "stand-in")])
def test_auto_takes_the_official_charts_within_reach(
    repository: LoopbackRepository, tmp_path: Path, charts: str, chosen: str
):
    digests = publish(repository, "verified")
    assert choose_charts(tmp_path / "project", repository.address, digests, charts) == chosen


@pytest.mark.contract
def test_without_a_repository_auto_stands_in_and_official_says_what_to_do(tmp_path: Path):
    nowhere = "http://127.0.0.1:9"
    assert choose_charts(tmp_path / "first", nowhere, NO_PACKAGES, "auto") == "stand-in"
    with pytest.raises(ApiError, match=r"127\.0\.0\.1 cannot be reached") as caught:
        choose_charts(tmp_path / "second", nowhere, NO_PACKAGES)
    assert "stand-in" in str(caught.value.hint)


@pytest.mark.contract
def test_only_what_the_stack_needs_is_resolved(repository: LoopbackRepository, tmp_path: Path):
    choose_charts(tmp_path / "project", repository.address, publish(repository, "verified"))
    fetched = {path for path in repository.asked if path != "/index.yaml"}
    assert fetched == {f"/binderhub-{VERSION}.tgz", f"/traefik-{VERSION}.tgz"}


@pytest.mark.contract
def test_auto_takes_official_charts_from_the_cache_when_no_repository_answers(
    repository: LoopbackRepository, tmp_path: Path
):
    digests = publish(repository, "verified")
    choose_charts(tmp_path / "first", repository.address, digests)
    repository.faults["/index.yaml"] = 503
    asked = len(repository.asked)
    assert choose_charts(tmp_path / "second", repository.address, digests, "auto") == "official"
    assert len(repository.asked) == asked
