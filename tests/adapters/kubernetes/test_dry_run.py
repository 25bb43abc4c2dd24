"""A dry run against a real API server: its verdicts, and that nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from hubwright.adapters.kubernetes import KubernetesClient, Outcome, dry_run
from hubwright.core.errors import ApiError
from tests.adapters.kubernetes.test_kubeconfig import kubeconfig

pytestmark = pytest.mark.contract


def service(name: str, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": ports, **spec}}


def outcome(client: KubernetesClient, manifest: dict[str, Any], namespace: str) -> Outcome:
    return dry_run(client, manifest, namespace).outcome


def test_what_is_not_there_would_be_created_and_is_not(client: KubernetesClient, namespace: str):
    assert outcome(client, service("a"), namespace) is Outcome.CREATED
    assert client.get("v1", "Service", "a", namespace) is None


def test_what_is_there_is_unchanged_or_configured(client: KubernetesClient, namespace: str):
    made = service("a")
    client.apply({**made, "metadata": {"name": "a", "namespace": namespace}}, field_manager="helm")
    assert outcome(client, service("a"), namespace) is Outcome.UNCHANGED
    assert outcome(client, service("a", sessionAffinity="ClientIP"), namespace) is Outcome.CONFIGURED
    live = client.get("v1", "Service", "a", namespace)
    assert live is not None
    assert live["spec"]["sessionAffinity"] == "None"


def test_the_fields_of_others_are_taken_over_as_helm_does(client: KubernetesClient, namespace: str):
    client.apply({**service("a"), "metadata": {"name": "a", "namespace": namespace}}, field_manager="somebody")
    assert outcome(client, service("a", type="NodePort"), namespace) is Outcome.CONFIGURED


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (service("a", ports=[{"port": 80000}]), "spec.ports[0].port: Invalid value: 80000"),
        (service("a", clusterIq="x"), ".spec.clusterIq: field not declared in schema"),
        (service("not_a_name"), "metadata.name"),
        (
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1x"}}},
            "quantities must match",
        ),
    ],
)
def test_what_the_server_denies_comes_with_its_words(client: KubernetesClient, namespace: str, manifest, message):
    result = dry_run(client, manifest, namespace)
    assert result.outcome is Outcome.DENIED
    assert message in result.message


def test_a_namespace_or_kind_that_is_not_there_yet_is_no_denial(client: KubernetesClient, namespace: str):
    result = dry_run(client, service("a"), "nowhere")
    assert (result.outcome, result.message) == (Outcome.UNCHECKED, "the namespace nowhere does not exist yet")
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r"}}
    result = dry_run(client, route, namespace)
    assert result.outcome is Outcome.UNCHECKED
    assert "has no kind HTTPRoute" in result.message


def test_a_server_that_is_not_there_is_an_error_not_a_verdict():
    text = kubeconfig({"token": "t"}, server="http://127.0.0.1:9")
    with (
        KubernetesClient(text, retry_for_s=0.1) as client,
        pytest.raises(ApiError, match="cannot connect"),
    ):
        dry_run(client, service("a"), "default")


def test_what_the_server_serves_is_told_as_templates_ask_for_it(client: KubernetesClient):
    served = client.api_versions()
    assert {"v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "policy/v1/PodDisruptionBudget"} <= set(served)
    assert client.server_version().startswith("v1.")
