from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.core.errors import ApiError, ReleaseError
from hubwright.engine.providers.base import OperationContext, PartialFailureError, Provider, ResourceState
from hubwright.engine.providers.kubernetes import create_provider
from tests.adapters.kubernetes.cluster import NODE_CPU_MILLICORES, STORAGE_CLASS, Cluster, write_chart

pytestmark = pytest.mark.contract

CONTEXT = OperationContext("urn", timeout_s=30)
HASTY = OperationContext("urn", timeout_s=2)
NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
RELEASE = "kubernetes:helm.sh/v3:Release"
TOO_MUCH_CPU = f"{NODE_CPU_MILLICORES * 2}m"


@pytest.fixture
def provider(cluster: Cluster, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("HUBWRIGHT_HELM", str(cluster.helm))
    monkeypatch.setenv("HUBWRIGHT_PROGRAM_DIR", str(tmp_path))
    write_chart(tmp_path / "tiny")
    return create_provider({"kubeconfig": cluster.kubeconfig, "namespace": namespace})


def create(provider: Provider, token: str, context: OperationContext = CONTEXT, **news: Any) -> ResourceState:
    checked = provider.check(token, None, news, "conf", context)
    assert not checked.failures
    return provider.create(token, checked.inputs, context)


def deployment(cpu: str = "10m") -> dict[str, Any]:
    container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [container]}}
    return {
        "metadata": {"name": "d"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "d"}}, "template": template},
    }


def test_an_object_is_made_changed_read_and_removed(provider: Provider, namespace: str):
    made = create(provider, CONFIG_MAP, data={"a": "1", "b": "2"})
    inputs = made.outputs["__inputs"]
    assert made.id == f"{namespace}/{inputs['metadata']['name']}"
    assert made.outputs["__initialApiVersion"] == "v1"
    changed = provider.update(CONFIG_MAP, made.id, inputs, made.outputs, {**inputs, "data": {"a": "3"}}, CONTEXT)
    assert changed.outputs["data"] == {"a": "3"}, "a field that is no longer named is removed"
    assert changed.outputs["__fieldManager"] == made.outputs["__fieldManager"]
    read = provider.read(CONFIG_MAP, made.id, inputs, changed.outputs, CONTEXT)
    assert read is not None
    assert read.inputs == {**inputs, "data": {"a": "3"}}
    provider.delete(CONFIG_MAP, made.id, inputs, made.outputs, CONTEXT)
    provider.delete(CONFIG_MAP, made.id, inputs, made.outputs, CONTEXT)
    assert provider.read(CONFIG_MAP, made.id, inputs, made.outputs, CONTEXT) is None


def test_an_import_finds_the_inputs(provider: Provider, namespace: str):
    made = create(provider, CONFIG_MAP, metadata={"name": "a"}, data={"a": "1"})
    read = provider.read(CONFIG_MAP, made.id, {}, {}, CONTEXT)
    assert read is not None
    assert read.inputs == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": namespace},
        "data": {"a": "1"},
    }


def test_an_object_left_by_an_interrupted_run_is_taken_on(provider: Provider):
    first = create(provider, CONFIG_MAP, metadata={"name": "a"}, data={"a": "1"})
    again = create(provider, CONFIG_MAP, metadata={"name": "a"}, data={"a": "2"})
    assert again.outputs["data"] == {"a": "2"}
    assert again.outputs["__fieldManager"] == first.outputs["__fieldManager"]


def test_an_object_of_somebody_else_is_not(provider: Provider, client: KubernetesClient, namespace: str):
    metadata = {"name": "theirs", "namespace": namespace}
    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, field_manager="kubectl")
    with pytest.raises(ApiError, match="exists already and was not made by this program"):
        create(provider, CONFIG_MAP, metadata={"name": "theirs"})


def test_a_namespace_goes_with_all_that_is_in_it(provider: Provider, client: KubernetesClient):
    made = create(provider, NAMESPACE)
    inside = create(provider, CONFIG_MAP, metadata={"name": "a", "namespace": made.id})
    assert made.outputs["status"]["phase"] == "Active"
    provider.delete(NAMESPACE, made.id, made.outputs["__inputs"], made.outputs, CONTEXT)
    assert provider.read(CONFIG_MAP, inside.id, {}, {}, CONTEXT) is None


def test_a_deployment_is_awaited(provider: Provider):
    assert create(provider, DEPLOYMENT, **deployment()).outputs["status"]["availableReplicas"] == 1


def test_a_claim_is_awaited(provider: Provider):
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": STORAGE_CLASS,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    made = create(provider, "kubernetes:core/v1:PersistentVolumeClaim", spec=spec)
    assert made.id


def test_a_deployment_that_does_not_fit_keeps_its_state_and_tells_why(provider: Provider, namespace: str):
    with pytest.raises(PartialFailureError) as caught:
        create(provider, DEPLOYMENT, HASTY, **deployment(TOO_MUCH_CPU))
    assert caught.value.state.id == f"{namespace}/d"
    assert caught.value.state.outputs["__fieldManager"]
    assert "0 of 1 pods are available after 2 s" in caught.value.reasons[0]
    assert any("Insufficient cpu" in reason for reason in caught.value.reasons)


def test_stopping_while_waiting_keeps_the_state(provider: Provider, namespace: str):
    context = OperationContext("urn", timeout_s=30, cancelled=lambda: True)
    with pytest.raises(PartialFailureError, match="stopped while waiting") as caught:
        create(provider, DEPLOYMENT, context, **deployment(TOO_MUCH_CPU))
    assert caught.value.state.id == f"{namespace}/d"


def test_not_waiting_on_request(provider: Provider):
    slow = deployment(TOO_MUCH_CPU)
    slow["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    assert create(provider, DEPLOYMENT, **slow).id


def checked_release(provider: Provider, olds: dict[str, Any] | None = None, **news: Any) -> dict[str, Any]:
    result = provider.check(RELEASE, olds, {"chart": "./tiny", "name": "web", **news}, "web", CONTEXT)
    assert not result.failures
    return result.inputs


def test_a_release_is_made_changed_read_and_removed(provider: Provider, namespace: str, tmp_path: Path):
    inputs = checked_release(provider, values={"list": ["x"]})
    made = provider.create(RELEASE, inputs, CONTEXT)
    assert made.id == f"{namespace}/web"
    assert made.outputs["status"] == {
        "appVersion": "1.0",
        "chart": "tiny",
        "name": "web",
        "namespace": namespace,
        "revision": 1,
        "status": "deployed",
        "version": "1.2.3",
    }
    assert made.outputs["resourceNames"]["Deployment.apps/apps/v1"] == ["web-web"]
    assert made.outputs["__inputs"] == inputs
    assert str(tmp_path) not in str(made.outputs), "the state holds no path of this machine"
    same = checked_release(provider, inputs, values={"list": ["x"]})
    assert not provider.diff(RELEASE, made.id, inputs, made.outputs, same, CONTEXT).changed
    read = provider.read(RELEASE, made.id, inputs, made.outputs, CONTEXT)
    assert read is not None
    assert read.outputs == made.outputs
    provider.delete(RELEASE, made.id, inputs, made.outputs, CONTEXT)
    assert provider.read(RELEASE, made.id, inputs, made.outputs, CONTEXT) is None


def test_a_changed_chart_folder_is_a_change(provider: Provider, tmp_path: Path):
    before = checked_release(provider)
    (tmp_path / "tiny/templates/more.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: more}\n")
    after = checked_release(provider, before)
    diff = provider.diff(RELEASE, "x/web", before, {}, after, CONTEXT)
    assert sorted({path.partition(".")[0].partition("[")[0] for path in diff.changed}) == ["checksum", "resourceNames"]


def test_a_failed_release_keeps_its_state_and_the_next_run_mends_it(provider: Provider, namespace: str):
    inputs = checked_release(provider, values={"cpu": TOO_MUCH_CPU})
    with pytest.raises(PartialFailureError) as caught:
        provider.create(RELEASE, inputs, HASTY)
    failed = caught.value.state
    assert failed.outputs["status"]["status"] == "failed"
    assert caught.value.reasons[0] == f"release {namespace}/web, revision 1: 1 object is not ready within 2 s"
    assert not any("deadline exceeded" in reason for reason in caught.value.reasons)
    mended = provider.update(RELEASE, failed.id, inputs, failed.outputs, checked_release(provider, inputs), CONTEXT)
    assert mended.outputs["status"]["status"] == "deployed"


def test_a_chart_that_does_not_render_is_found_in_check(provider: Provider, tmp_path: Path):
    (tmp_path / "tiny/templates/web.yaml").write_text('{{ fail "no host" }}')
    result = provider.check(RELEASE, None, {"chart": "./tiny", "name": "web"}, "web", CONTEXT)
    assert [failure.property for failure in result.failures] == ["values"]
    assert "no host" in result.failures[0].reason


def test_a_release_left_by_an_interrupted_run_is_taken_on(provider: Provider, tmp_path: Path):
    inputs = checked_release(provider)
    provider.create(RELEASE, inputs, CONTEXT)
    assert provider.create(RELEASE, inputs, CONTEXT).outputs["status"]["revision"] == 2
    write_chart(tmp_path / "other", Chart_yaml="apiVersion: v2\nname: another\nversion: 1.0.0\n")
    with pytest.raises(ReleaseError, match="exists already, with the chart 'tiny'"):
        provider.create(RELEASE, {**inputs, "chart": "./other"}, CONTEXT)
