from __future__ import annotations

from typing import Any

import jwt
import pytest

from hubwright.sandbox.registry.scopes import Scope, parse_scopes

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def test_scopes_are_read_leniently() -> None:
    texts = ["repository:library/a:pull,push repository:localhost:5000/b:pull", "nonsense"]
    assert parse_scopes(texts) == [
        Scope("repository", "library/a", ("pull", "push")),
        Scope("repository", "localhost:5000/b", ("pull",)),
    ]


@pytest.mark.contract
def test_docker_login_push_and_pull(running: Any) -> None:
    challenge = running.client.get(f"{running.url}/v2/").headers["www-authenticate"]
    assert challenge == f'Bearer realm="{running.url}/service/token",service="harbor-registry"'
    token = running.token("repository:library/hub:pull,push").json()["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["access"] == [{"type": "repository", "name": "library/hub", "actions": ["pull", "push"]}]
    data = b"{}" * 50_000
    assert running.push("library/hub:v1", data).status_code == 201
    headers = {"Authorization": f"Bearer {token}"}
    digest = running.pull("library/hub:v1").json()["config"]["digest"]
    assert running.client.get(f"{running.url}/v2/library/hub/blobs/{digest}", headers=headers).content == data
    assert running.docker("HEAD", "library/hub/manifests/v1", headers={"Accept": MANIFEST_TYPE}).status_code == 200
    assert running.client.get(f"{running.url}/v2/library/hub/manifests/v2", headers=headers).status_code == 404
    assert running.docker("GET", "library/hub/tags/list").json() == {"name": "library/hub", "tags": ["v1"]}
    assert running.docker("GET", "_catalog").json() == {"repositories": ["library/hub"]}


@pytest.mark.contract
def test_what_is_refused(running: Any) -> None:
    assert running.token("repository:library/hub:pull", password="wrong").status_code == 401
    assert running.client.get(f"{running.url}/v2/", auth=("bob", "wrong")).status_code == 401
    assert running.client.get(f"{running.url}/service/token?service=harbor-registry").status_code == 401
    unknown = running.client.get(f"{running.url}/service/token?service=other")
    assert (unknown.status_code, unknown.json()["errors"][0]["message"]) == (400, "Unable to handle service: other")
    denied = running.token("repository:nowhere/hub:push")
    assert denied.status_code == 200
    headers = {"Authorization": f"Bearer {denied.json()['token']}"}
    upload = running.client.post(f"{running.url}/v2/library/hub/blobs/uploads/", headers=headers)
    assert upload.status_code == 401
    assert running.url in upload.headers["www-authenticate"]


@pytest.mark.contract
def test_open_routes(running: Any) -> None:
    assert running.api("GET", "/health", auth=None).json()["status"] == "healthy"
    assert running.api("GET", "/ping", auth=None).text == "Pong"
    assert "harbor_version" not in running.api("GET", "/systeminfo", auth=None).json()
    assert running.api("GET", "/systeminfo").json()["harbor_version"].startswith("v2.")


@pytest.mark.contract
def test_passwords_are_kept_hashed(running: Any) -> None:
    running.api("POST", "/users", {"username": "eve", "email": "e@example.org", "password": "Secret-Word-1"})
    assert "Secret-Word-1" not in (running.folder / "harbor.json").read_text()
    assert running.api("GET", "/users/current", auth=("eve", "Secret-Word-1")).json()["username"] == "eve"
