from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hubwright.adapters.kubernetes import FieldConflictError, KubernetesClient, explain_unready, find_unready
from hubwright.core.errors import ApiError, AuthenticationError, CancelledError, DeadlineError
from tests.adapters.kubernetes.cluster import Cluster
from tests.adapters.kubernetes.test_kubeconfig import kubeconfig

pytestmark = pytest.mark.contract


def config_map(name: str, namespace: str, **data: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


@pytest.fixture
def broken_server() -> Iterator[str]:
    """A server that answers every request with 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_apply_get_list_delete(client: KubernetesClient, namespace: str):
    client.apply(config_map("a", namespace, x="1"), field_manager="tests")
    found = client.get("v1", "ConfigMap", "a", namespace)
    assert found is not None
    assert found["data"] == {"x": "1"}
    listed = [item for item in client.list("v1", "ConfigMap", namespace=namespace) if item["metadata"]["name"] == "a"]
    assert [item["kind"] for item in listed] == ["ConfigMap"]
    assert client.delete("v1", "ConfigMap", "a", namespace)
    client.wait_until_gone("v1", "ConfigMap", "a", namespace, timeout_s=10)
    assert not client.delete("v1", "ConfigMap", "a", namespace)
    assert client.get("v1", "ConfigMap", "a", namespace) is None


def test_listing_follows_every_page(client: KubernetesClient, namespace: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hubwright.adapters.kubernetes.client._PAGE_SIZE", 2)
    for index in range(5):
        client.apply(config_map(f"m{index}", namespace), field_manager="tests")
    names = {item["metadata"]["name"] for item in client.list("v1", "ConfigMap", namespace=namespace)}
    assert names >= {f"m{index}" for index in range(5)}


def test_a_conflict_names_the_other_manager_and_force_wins(client: KubernetesClient, namespace: str):
    client.apply(config_map("a", namespace, x="1"), field_manager="somebody-else")
    with pytest.raises(FieldConflictError, match=r"\.data\.x \(owned by 'somebody-else'\)") as caught:
        client.apply(config_map("a", namespace, x="2"), field_manager="tests")
    assert caught.value.managers == ("somebody-else",)
    assert client.apply(config_map("a", namespace, x="2"), field_manager="tests", force=True)["data"] == {"x": "2"}


def test_a_misspelt_field_is_refused_not_dropped(client: KubernetesClient, namespace: str):
    with pytest.raises(ApiError, match="datta"):
        client.apply({**config_map("a", namespace), "datta": {}}, field_manager="tests")


def test_a_refused_secret_is_not_quoted(client: KubernetesClient, namespace: str):
    manifest = config_map("a", namespace, password="%%%hunter22") | {"kind": "Secret"}
    with pytest.raises(ApiError, match=f"apply Secret {namespace}/a") as caught:
        client.apply(manifest, field_manager="tests")
    assert "hunter22" not in caught.value.message


def test_an_unknown_kind_is_a_404_with_a_hint(client: KubernetesClient):
    with pytest.raises(ApiError, match=r"no kind Gateway in example\.test/v1") as caught:
        client.find_kind("example.test/v1", "Gateway")
    assert caught.value.status == 404


def test_waiting_for_removal_names_the_finalizer(client: KubernetesClient, namespace: str):
    held = config_map("held", namespace)
    held["metadata"] = {"name": "held", "namespace": namespace, "finalizers": ["example.test/hold"]}
    client.apply(held, field_manager="tests")
    client.delete("v1", "ConfigMap", "held", namespace)
    with pytest.raises(DeadlineError, match=r"example\.test/hold"):
        client.wait_until_gone("v1", "ConfigMap", "held", namespace, timeout_s=0)
    with pytest.raises(CancelledError):
        client.wait_until_gone("v1", "ConfigMap", "held", namespace, timeout_s=9, cancelled=lambda: True)
    held["metadata"] = {"name": "held", "namespace": namespace}
    client.apply(held, field_manager="tests")
    client.wait_until_gone("v1", "ConfigMap", "held", namespace, timeout_s=10)


def test_nobody_there_is_a_connection_error_with_a_hint():
    with (
        KubernetesClient(kubeconfig({"token": "t"}).replace("6443", "9"), retry_for_s=0.2) as client,
        pytest.raises(ApiError, match=r"cannot connect to https://127\.0\.0\.1:9") as caught,
    ):
        client.get("v1", "Namespace", "default")
    assert caught.value.status is None
    assert caught.value.hint


def test_a_server_in_trouble_is_tried_again_then_reported(broken_server: str):
    text = kubeconfig({"token": "t"}).replace("https://127.0.0.1:6443", broken_server)
    with KubernetesClient(text, retry_for_s=0.3) as client, pytest.raises(ApiError) as caught:
        client.get("v1", "Namespace", "default")
    assert caught.value.status == 503


def test_refused_credentials_are_an_authentication_error(cluster: Cluster, client: KubernetesClient):
    text = kubeconfig({"token": "canary-token"}, **{"insecure-skip-tls-verify": True})
    text = text.replace("https://127.0.0.1:6443", client.server_url)
    with KubernetesClient(text) as stranger, pytest.raises(AuthenticationError) as caught:
        stranger.get("v1", "Namespace", "default")
    assert "canary" not in caught.value.message


def test_another_authority_is_told_from_a_missing_server(client: KubernetesClient):
    text = kubeconfig({"token": "t"}).replace("https://127.0.0.1:6443", client.server_url)
    with (
        KubernetesClient(text, retry_for_s=0.2) as stranger,
        pytest.raises(ApiError, match="not signed by the kubeconfig's authority"),
    ):
        stranger.get("v1", "Namespace", "default")


def test_a_pod_that_fits_no_node_is_explained_by_its_events(client: KubernetesClient, namespace: str):
    container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "4000"}}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "big", "namespace": namespace},
        "spec": {"containers": [container]},
    }
    client.apply(pod, field_manager="tests")
    lines: list[str] = []
    for _attempt in range(50):
        [(live, verdict)] = find_unready(client, [pod])
        lines = explain_unready(client, live, verdict)
        if any("Insufficient cpu" in line for line in lines):
            break
        threading.Event().wait(0.1)
    assert lines[0].startswith(f"Pod {namespace}/big is not ready")
    assert any("Insufficient cpu" in line for line in lines)
