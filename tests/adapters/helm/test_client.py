from __future__ import annotations

import re
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hubwright.adapters.helm import (
    ChartReference,
    HelmClient,
    ReleaseOptions,
    ReleaseState,
    ReleaseTimeoutError,
    find_helm,
)
from hubwright.adapters.helm.command import private_kubeconfig
from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.core.errors import ApiError, CancelledError, ConfigError, ReleaseError, ToolchainError, ValuesError
from hubwright.core.manifests import INSTALL_ORDER, parse_manifests
from tests.adapters.kubernetes.cluster import NODE_CPU_MILLICORES, Cluster, write_chart

TOO_MUCH_CPU = f"{NODE_CPU_MILLICORES * 2}m"
OPTIONS = ReleaseOptions(timeout_s=60)
HASTY = ReleaseOptions(timeout_s=3)


@pytest.fixture
def chart(tmp_path: Path) -> ChartReference:
    return ChartReference(str(write_chart(tmp_path / "tiny")))


@pytest.fixture
def helm(cluster: Cluster, client: KubernetesClient) -> HelmClient:
    return HelmClient(cluster.kubeconfig, binary=cluster.helm, cluster=client)


def wait_for(happened: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def start_and_kill(helm: Path, kubeconfig: str, *arguments: str, until: Callable[[], bool]) -> None:
    """Run Helm as a run of ours would, and kill it without mercy once `until` holds."""
    with private_kubeconfig(kubeconfig) as path:
        process = subprocess.Popen([helm, *arguments, "--kubeconfig", path, "--wait"], stdout=subprocess.DEVNULL)
        try:
            wait_for(until)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def status_of(helm: HelmClient, namespace: str) -> str:
    state = helm.get_state("web", namespace=namespace)
    return state.status if state else "none"


def config_of(client: KubernetesClient, namespace: str) -> dict[str, str]:
    found = client.get("v1", "ConfigMap", "web-config", namespace)
    assert found is not None
    data: dict[str, str] = found["data"]
    return data


def test_no_helm_is_a_toolchain_error_that_names_the_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HUBWRIGHT_HELM", str(tmp_path / "nothing"))
    with pytest.raises(ToolchainError) as caught:
        find_helm()
    assert "HUBWRIGHT_HELM" in str(caught.value.hint)


def test_the_kubeconfig_file_is_private_and_goes_away():
    with private_kubeconfig("secret") as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


@pytest.mark.contract
def test_install_upgrade_uninstall(helm: HelmClient, client: KubernetesClient, namespace: str, chart: ChartReference):
    installed = helm.install_or_upgrade(
        "web", chart, {"list": ["c"], "number": 40e9, "password": "hunter22"}, namespace=namespace, options=OPTIONS
    )
    assert (installed.revision, installed.status, installed.chart, installed.version, installed.app_version) == (
        1,
        "deployed",
        "tiny",
        "1.2.3",
        "1.0",
    )
    assert config_of(client, namespace) == {"list": '["c"]', "number": "float64 4e+10", "password": "hunter22"}
    helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS)
    assert config_of(client, namespace)["list"] == '["a","b"]', "values of the last run must not stay"
    assert [state.status for state in helm.history("web", namespace=namespace)] == ["superseded", "deployed"]
    helm.uninstall("web", namespace=namespace, options=OPTIONS)
    helm.uninstall("web", namespace=namespace, options=OPTIONS)
    assert helm.get_state("web", namespace=namespace) is None
    assert helm.history("web", namespace=namespace) == []
    assert leftovers(client, namespace) == []


def leftovers(client: KubernetesClient, namespace: str) -> list[str]:
    kinds = (("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "Secret"), ("v1", "PersistentVolumeClaim"))
    kinds += (("batch/v1", "Job"), ("v1", "ConfigMap"))
    found = [item for api, kind in kinds for item in client.list(api, kind, namespace=namespace)]
    return [item["metadata"]["name"] for item in found if item["metadata"]["name"] != "kube-root-ca.crt"]


@pytest.mark.contract
def test_rendering_needs_no_cluster_and_tells_numbers_from_text(cluster: Cluster, chart: ChartReference):
    helm = HelmClient("no kubeconfig at all", binary=cluster.helm)
    manifest = helm.render("web", chart, {"number": 40e9}, namespace="hub", options=OPTIONS)
    assert 'number: "float64 4e+10"' in manifest


@pytest.mark.contract
def test_a_release_that_is_not_ready_names_the_pod_and_the_reason(
    helm: HelmClient, namespace: str, chart: ChartReference
):
    with pytest.raises(ReleaseTimeoutError):
        helm.install_or_upgrade("web", chart, {"cpu": TOO_MUCH_CPU}, namespace=namespace, options=HASTY)
    failed = helm.get_state("web", namespace=namespace)
    assert failed is not None
    assert failed.status == "failed"
    lines = helm.explain(failed)
    assert lines[0].startswith(f"Deployment {namespace}/web-web is not ready: 0 of 1 pods are available")
    assert any("Insufficient cpu" in line for line in lines)
    mended = helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS)
    assert (mended.revision, mended.status) == (2, "deployed")
    assert helm.explain(mended) == []


@pytest.mark.contract
def test_a_hook_that_does_not_end_is_named(helm: HelmClient, namespace: str, chart: ChartReference):
    with pytest.raises(ReleaseTimeoutError):
        helm.install_or_upgrade("web", chart, {"hookCpu": TOO_MUCH_CPU}, namespace=namespace, options=HASTY)
    failed = helm.get_state("web", namespace=namespace)
    assert failed is not None
    assert any("Job" in line and "web-prepare" in line for line in helm.explain(failed))


@pytest.mark.contract
def test_an_install_that_was_killed_is_taken_up_again(
    helm: HelmClient, cluster: Cluster, client: KubernetesClient, namespace: str, chart: ChartReference
):
    arguments = ("install", "web", chart.chart, "-n", namespace, "--set", f"cpu={TOO_MUCH_CPU}")
    start_and_kill(
        cluster.helm,
        cluster.kubeconfig,
        *arguments,
        until=lambda: client.get("v1", "PersistentVolumeClaim", "web-data", namespace) is not None,
    )
    assert status_of(helm, namespace) == "pending-install"
    claim = client.get("v1", "PersistentVolumeClaim", "web-data", namespace)
    told: list[str] = []
    state = helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS, log=told.append)
    assert state.status == "deployed"
    assert told == [f"release {namespace}/web: revision 1 was pending-install: recorded as failed"]
    kept = client.get("v1", "PersistentVolumeClaim", "web-data", namespace)
    assert claim is not None
    assert kept is not None
    assert kept["metadata"]["uid"] == claim["metadata"]["uid"], "recovery must not remove data"


@pytest.mark.contract
def test_an_upgrade_that_was_killed_is_taken_up_again(
    helm: HelmClient, cluster: Cluster, namespace: str, chart: ChartReference
):
    helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS)
    arguments = ("upgrade", "web", chart.chart, "-n", namespace, "--set", f"cpu={TOO_MUCH_CPU}")
    start_and_kill(
        cluster.helm,
        cluster.kubeconfig,
        *arguments,
        until=lambda: status_of(helm, namespace) == "pending-upgrade",
    )
    state = helm.install_or_upgrade("web", chart, {"list": ["z"]}, namespace=namespace, options=OPTIONS)
    assert (state.revision, state.status) == (3, "deployed")


@pytest.mark.contract
def test_stopping_ends_helm_politely(helm: HelmClient, namespace: str, chart: ChartReference):
    stop = threading.Event()
    timer = threading.Timer(2, stop.set)
    timer.start()
    with pytest.raises(CancelledError):
        helm.install_or_upgrade(
            "web", chart, {"cpu": TOO_MUCH_CPU}, namespace=namespace, options=OPTIONS, cancelled=stop.is_set
        )
    timer.join()
    assert status_of(helm, namespace) in {"failed", "pending-install"}
    assert helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS).status == "deployed"


@pytest.mark.contract
def test_values_that_the_charts_schema_refuses(helm: HelmClient, namespace: str, tmp_path: Path):
    folder = write_chart(tmp_path / "tiny")
    (folder / "values.schema.json").write_text('{"properties": {"replicas": {"type": "integer"}}}')
    with pytest.raises(ValuesError, match="replicas"):
        helm.install_or_upgrade(
            "web", ChartReference(str(folder)), {"replicas": "two"}, namespace=namespace, options=OPTIONS
        )


@pytest.mark.contract
@pytest.mark.parametrize(
    ("chart", "kind"),
    [
        (ChartReference("/no/such/chart"), ConfigError),
        (ChartReference("tiny", repository="http://127.0.0.1:9/"), ApiError),
    ],
)
def test_a_chart_that_is_not_there(helm: HelmClient, namespace: str, chart: ChartReference, kind: type[Exception]):
    with pytest.raises(kind):
        helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS)
    assert helm.get_state("web", namespace=namespace) is None


@pytest.mark.contract
def test_an_object_of_somebody_else_is_not_taken(
    helm: HelmClient, client: KubernetesClient, namespace: str, chart: ChartReference
):
    metadata = {"name": "web-config", "namespace": namespace}
    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, field_manager="somebody-else")
    with pytest.raises(ReleaseError, match="belongs to somebody else"):
        helm.install_or_upgrade("web", chart, {}, namespace=namespace, options=OPTIONS)


@pytest.mark.contract
def test_values_are_not_in_arguments_nor_the_environment(cluster: Cluster, tmp_path: Path, chart: ChartReference):
    """A Helm in front of the real one writes down its arguments, its environment and its open files."""
    spy, seen = tmp_path / "helm", tmp_path / "seen"
    record = f'(echo "$@"; env; ls -l /proc/$$/fd) >> {seen}'
    spy.write_text(f'#!/bin/sh\n{record}\nexec {cluster.helm} "$@"\n')
    spy.chmod(0o700)
    manifest = HelmClient("", binary=spy).render(
        "web", chart, {"password": "hunter22"}, namespace="hub", options=OPTIONS
    )
    assert "hunter22" in manifest
    assert "template web" in seen.read_text()
    assert "hunter22" not in seen.read_text()


def test_the_state_of_a_release_hides_its_values():
    state = ReleaseState("web", "hub", 1, "deployed", values={"password": "hunter22"}, manifest="hunter22")
    assert "hunter22" not in repr(state)


@pytest.mark.contract
def test_our_order_of_kinds_is_helms(tmp_path: Path, cluster: Cluster):
    kinds = [*reversed(INSTALL_ORDER), "Zebra", "Aardvark", "Middle"]
    objects = "".join(f"---\napiVersion: example.org/v1\nkind: {kind}\nmetadata: {{name: x}}\n" for kind in kinds)
    folder = write_chart(tmp_path / "order", templates__all_yaml=objects)
    rendered = HelmClient("", binary=cluster.helm).template(
        "web", ChartReference(str(folder)), {}, namespace="hub", options=OPTIONS
    )
    manifests = parse_manifests(rendered, release="web", namespace="hub")
    plain = [manifest.kind for manifest in manifests if manifest.api_version == "example.org/v1"]
    assert plain == re.findall(r"^apiVersion: example.org/v1\nkind: (\w+)$", rendered, re.M)
    assert len(plain) == len(kinds)


@pytest.mark.contract
def test_templates_are_told_which_cluster_they_are_for(tmp_path: Path, cluster: Cluster):
    asks = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: asks}\ndata:\n"
        "  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  routes: {{ .Capabilities.APIVersions.Has "gateway.networking.k8s.io/v1/HTTPRoute" | quote }}\n'
    )
    chart = ChartReference(str(write_chart(tmp_path / "asks", templates__asks_yaml=asks)))
    helm = HelmClient("", binary=cluster.helm)
    options = {"namespace": "hub", "options": OPTIONS}
    plain = helm.template("web", chart, {}, kube_version="1.31.0", **options)
    assert "version: v1.31.0" in plain
    assert 'routes: "false"' in plain
    served = ["gateway.networking.k8s.io/v1/HTTPRoute"]
    assert 'routes: "true"' in helm.template("web", chart, {}, api_versions=served, **options)
    assert "# Source: tiny/templates/asks.yaml" in plain
