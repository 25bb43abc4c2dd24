"""A cluster of real binaries: what Helm and the charts rely on."""

from __future__ import annotations

import os
import signal
import time

import httpx2
import jwt
import pytest

from hubwright.core.errors import ApiError
from hubwright.sandbox.kubernetes.api_client import KubernetesApi
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.nodes import NodeSpec
from tests.sandbox.kubernetes.conftest import GIB, wait_for

pytestmark = [
    pytest.mark.contract,
    pytest.mark.enable_socket,
    pytest.mark.usefixtures("nodes"),
]

PODS = "/api/v1/namespaces/default/pods"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
CONTAINER = {"name": "main", "image": "example.test/app:1", "resources": {"requests": {"cpu": "100m"}}}


def pod(name, **spec):
    return {"metadata": {"name": name}, "spec": {"containers": [CONTAINER], **spec}}


def phase(api: KubernetesApi, path: str) -> str:
    return api.get(path).get("status", {}).get("phase", "")


def test_says_the_pinned_version(api):
    assert api.get("/version")["gitVersion"] == "v1.36.4"


def test_deployment_claim_and_job(api):
    labels = {"app": "web"}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "web"}}
    api.create(
        CLAIMS,
        {
            "metadata": {"name": "web"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        },
    )
    template = {"metadata": {"labels": labels}, "spec": {"containers": [CONTAINER], "volumes": [volume]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    api.create(DEPLOYMENTS, {"metadata": {"name": "web"}, "spec": spec})
    job = {"spec": {"containers": [CONTAINER], "restartPolicy": "OnFailure"}}
    api.create(JOBS, {"metadata": {"name": "work"}, "spec": {"template": job, "completions": 2}})

    wait_for(lambda: api.get(f"{DEPLOYMENTS}/web").get("status", {}).get("readyReplicas") == 2)
    wait_for(lambda: phase(api, f"{CLAIMS}/web") == "Bound")
    wait_for(lambda: api.get(f"{JOBS}/work").get("status", {}).get("succeeded") == 2)
    claim = api.get(f"{CLAIMS}/web")
    assert claim["spec"]["storageClassName"] == "csi-cinder-high-speed"
    volume_path = f"/api/v1/persistentvolumes/{claim['spec']['volumeName']}"
    assert api.get(volume_path)["spec"]["csi"]["driver"] == "cinder.csi.openstack.org"

    for path in (f"{DEPLOYMENTS}/web", f"{JOBS}/work", f"{CLAIMS}/web"):
        api.delete(path)
    wait_for(lambda: not api.exists(volume_path))
    wait_for(lambda: not api.get(PODS)["items"])


def test_node_selector_and_taints_are_the_schedulers_business(api):
    selector = {"hub.jupyter.org/node-purpose": "user"}
    toleration = {"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NoSchedule"}
    api.create(PODS, pod("refused", nodeSelector=selector))
    api.create(PODS, pod("tolerated", nodeSelector=selector, tolerations=[toleration]))
    wait_for(lambda: phase(api, f"{PODS}/tolerated") == "Running")
    assert api.get(f"{PODS}/tolerated")["spec"]["nodeName"] == "user-0"
    assert "nodeName" not in api.get(f"{PODS}/refused")["spec"]
    for name in ("refused", "tolerated"):
        api.delete(f"{PODS}/{name}")
        wait_for(lambda name=name: not api.exists(f"{PODS}/{name}"))


def test_pod_with_a_finalizer_waits_for_it(api):
    held = pod("held", terminationGracePeriodSeconds=30)
    held["metadata"]["finalizers"] = ["example.test/hold"]
    api.create(PODS, held)
    wait_for(lambda: phase(api, f"{PODS}/held") == "Running")
    api.delete(f"{PODS}/held")
    wait_for(lambda: api.get(f"{PODS}/held")["metadata"].get("deletionGracePeriodSeconds") == 0)
    api.merge(f"{PODS}/held", {"metadata": {"finalizers": None}})
    wait_for(lambda: not api.exists(f"{PODS}/held"))


def test_never_restarted_pod_completes_and_user_pod_stays(api):
    api.create(PODS, pod("build", restartPolicy="Never"))
    api.create(PODS, pod("user", restartPolicy="OnFailure"))
    wait_for(lambda: phase(api, f"{PODS}/build") == "Succeeded")
    wait_for(lambda: phase(api, f"{PODS}/user") == "Running")
    for name in ("build", "user"):
        api.delete(f"{PODS}/{name}")


def test_rbac_binds_real_service_account_tokens(cluster, api):
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = api.create(path, body)["status"]["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == "system:serviceaccount:default:default"
    answer = httpx2.get(
        f"{cluster.server_url}/api/v1/secrets",
        headers={"Authorization": f"Bearer {token}"},
        verify=_trust(cluster),
        trust_env=False,
    )
    assert answer.status_code == 403
    assert "system:serviceaccount:default:default" in answer.json()["message"]


def test_shrunk_pool_loses_nodes_and_their_pods(cluster, api):
    cluster.set_nodes("build", [NodeSpec("build-0", 1000, GIB), NodeSpec("build-1", 1000, GIB)])
    api.create(PODS, pod("lost", nodeName="build-1"))
    wait_for(lambda: phase(api, f"{PODS}/lost") == "Running")
    cluster.set_nodes("build", [NodeSpec("build-0", 1000, GIB)])
    assert not api.exists("/api/v1/nodes/build-1")
    wait_for(lambda: not api.exists(f"{PODS}/lost"))
    cluster.set_nodes("build", [])


def test_restart_resumes_objects_and_address(cluster: ControlPlane):
    server_url = cluster.server_url
    with KubernetesApi(cluster.kubeconfig) as api:
        api.create("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "kept"}, "data": {"key": "value"}})
    cluster.stop()
    assert not cluster.is_running()
    started = time.monotonic()
    cluster.start()
    assert time.monotonic() - started < 10
    assert cluster.server_url == server_url
    with KubernetesApi(cluster.kubeconfig) as api:
        assert api.get("/api/v1/namespaces/default/configmaps/kept")["data"] == {"key": "value"}
        wait_for(lambda: _ready(api, "core-0"))


def test_a_restarted_cluster_does_not_wait_for_the_leases_of_the_kwok_before(cluster: ControlPlane):
    holders = set()
    for _ in range(2):
        with KubernetesApi(cluster.kubeconfig) as api:
            wait_for(lambda api=api: _lease_holder(api))
            holders.add(_lease_holder(api))
        cluster.stop()
        cluster.start()
    assert len(holders) == 2


def test_start_mends_a_cluster_with_a_killed_component(cluster: ControlPlane):
    record = cluster._processes.get("kubernetes-test-scheduler")
    os.kill(record.pid, signal.SIGKILL)
    wait_for(lambda: not record.is_alive())
    cluster.start()
    assert cluster.is_running()


def test_errors_carry_the_status_and_the_sentence_of_kubernetes(api):
    with pytest.raises(ApiError, match='nodes "absent" not found') as caught:
        api.get("/api/v1/nodes/absent")
    assert caught.value.status == 404


def _trust(cluster):
    import ssl

    return ssl.create_default_context(cadata=cluster.ca_pem)


def _ready(api, node):
    conditions = api.get(f"/api/v1/nodes/{node}").get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def _lease_holder(api: KubernetesApi) -> str | None:
    leases = api.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")["items"]
    return next((lease["spec"].get("holderIdentity") for lease in leases), None)
