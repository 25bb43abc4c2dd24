"""The emulator as the real `ovh` client sees it."""

from __future__ import annotations

import time
from typing import Any

import httpx2
import ovh.exceptions
import pytest

from .conftest import PROJECT, Served

pytestmark = pytest.mark.contract


def admin(served: Served, rule: dict[str, Any]) -> None:
    headers = {"X-Sandbox-Token": "admin-token"}
    httpx2.post(f"{served.url}/_sandbox/faults", json=rule, headers=headers).raise_for_status()


def test_signed_calls_are_understood(served: Served) -> None:
    assert served.client.get("/auth/details")["method"] == "account"
    assert served.client.get("/auth/currentCredential")["status"] == "validated"
    assert served.client.get("/cloud/project") == [PROJECT]
    assert served.client.get(f"{served.base}/flavor", region="GRA9")[0]["region"] == "GRA9"
    assert served.client.get(f"/v1{served.base}")["project_id"] == PROJECT


@pytest.mark.parametrize(
    ("credentials", "error", "code"),
    [
        ({"key": "other"}, ovh.exceptions.InvalidKey, "invalid"),
        ({"consumer": "other"}, ovh.exceptions.NotCredential, "does not exist"),
        ({"secret": "other"}, ovh.exceptions.BadParametersError, "Invalid signature"),
    ],
)
def test_wrong_credentials_are_refused(served: Served, credentials: dict[str, str], error: type, code: str) -> None:
    with pytest.raises(error, match=code):
        served.connect(**credentials).get("/cloud/project")


def test_clock_skew_is_refused(served: Served) -> None:
    served.client._time_delta = 480
    with pytest.raises(ovh.exceptions.BadParametersError, match="Query out of time"):
        served.client.get("/cloud/project")


def test_a_credential_is_bound_by_its_rules(served: Served) -> None:
    asked = served.client.request_consumerkey([{"method": "GET", "path": "/cloud/*"}])
    client = served.connect(consumer=asked["consumerKey"])
    with pytest.raises(ovh.exceptions.InvalidCredential):
        client.get("/cloud/project")
    body, headers = {"consumerKey": asked["consumerKey"]}, {"X-Sandbox-Token": "admin-token"}
    httpx2.post(f"{served.url}/_sandbox/credentials/validate", json=body, headers=headers).raise_for_status()
    assert client.get("/cloud/project") == [PROJECT]
    with pytest.raises(ovh.exceptions.NotGrantedCall):
        client.delete(f"{served.base}/kube/x")


def test_a_bearer_token_is_enough(served: Served) -> None:
    answer = httpx2.get(f"{served.url}/1.0/cloud/project", headers={"Authorization": "Bearer bearer-token"})
    assert answer.json() == [PROJECT]
    refused = httpx2.get(f"{served.url}/1.0/cloud/project", headers={"Authorization": "Bearer other"})
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "NOT_CREDENTIAL")


def test_errors_have_class_message_and_query_id(served: Served) -> None:
    answer = httpx2.get(f"{served.url}/1.0/nowhere")
    assert answer.json() == {"class": "Client::NotFound", "message": "Got an invalid (or empty) URL"}
    assert answer.headers["x-ovh-queryid"].startswith("EU.")
    with pytest.raises(ovh.exceptions.ResourceNotFoundError, match="This service does not exist"):
        served.client.get("/cloud/project/unknown/kube")


def test_cluster_and_pool_from_creation_to_deletion(served: Served) -> None:
    client, base, clock = served.client, served.base, served.world.clock
    kube = client.post(f"{base}/kube", name="main", region="GRA9")
    assert kube["status"] == "INSTALLING"
    clock.advance(200)
    cluster = f"{base}/kube/{kube['id']}"
    assert client.get(cluster)["status"] == "READY"
    assert "clusters" in client.post(f"{cluster}/kubeconfig")["content"]
    served.client._time_delta = None
    pool = client.post(f"{cluster}/nodepool", name="core", flavorName="b3-8", desiredNodes=2, availabilityZones=[])
    clock.advance(90)
    with pytest.raises(ovh.exceptions.ResourceConflictError):
        client.post(f"{cluster}/nodepool", name="core", flavorName="b3-8", availabilityZones=[])
    clock.advance(90)
    read = client.get(f"{cluster}/nodepool/{pool['id']}")
    assert (read["status"], read["currentNodes"], read["sizeStatus"]) == ("READY", 2, "CAPACITY_OK")
    assert client.get(f"{base}/quota")[0]["instance"]["usedCores"] == 4
    assert client.delete(cluster) is None
    clock.advance(100)
    with pytest.raises(ovh.exceptions.ResourceNotFoundError):
        client.get(cluster)


def test_a_get_with_a_body_filters_records(served: Served) -> None:
    zone = "/domain/zone/hubwright-sandbox.test"
    made = served.client.post(f"{zone}/record", fieldType="A", subDomain="hub", target="203.0.113.4", ttl=60)
    assert served.client.get(f"{zone}/record", fieldType="A", subDomain="hub") == [made["id"]]
    assert served.client.call("GET", f"{zone}/record", {"fieldType": "TXT"}) == []
    assert served.client.post(f"{zone}/refresh") is None


def test_faults_strike_once(served: Served) -> None:
    admin(served, {"kind": "http", "path": "/cloud/*", "status": 429, "message": "Too many requests"})
    with pytest.raises(ovh.exceptions.APIError, match="Too many requests"):
        served.client.get("/cloud/project")
    admin(served, {"kind": "drop", "path": "/cloud/*"})
    with pytest.raises(ovh.exceptions.HTTPError):
        served.client.get("/cloud/project")
    admin(served, {"kind": "delay", "seconds": 0.2})
    started = time.monotonic()
    assert served.client.get("/cloud/project") == [PROJECT]
    assert time.monotonic() - started >= 0.2


def test_the_admin_endpoint_wants_its_token(served: Served) -> None:
    assert httpx2.get(f"{served.url}/_sandbox/faults").status_code == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"name": 1}'])
def test_malformed_bodies_are_400(served: Served, body: bytes) -> None:
    headers = {"Authorization": "Bearer bearer-token", "Content-Type": "application/json"}
    answer = httpx2.post(f"{served.url}/1.0{served.base}/kube", content=body, headers=headers)
    assert (answer.status_code, answer.json()["class"]) == (400, "Client::BadRequest")
