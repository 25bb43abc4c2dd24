from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import jwt
import pytest

from hubwright.sandbox.process import ProcessTable
from hubwright.sandbox.registry.accounts import Directory, Scope, parse_scopes
from hubwright.sandbox.registry.host import RegistryHost
from hubwright.toolchain import find_toolchain

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def test_scopes_are_read_leniently() -> None:
    texts = ["repository:library/a:pull,push repository:localhost:5000/b:pull", "nonsense"]
    assert parse_scopes(texts) == [
        Scope("repository", "library/a", ("pull", "push")),
        Scope("repository", "localhost:5000/b", ("pull",)),
    ]


def test_passwords_are_kept_hashed(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "accounts.json")
    directory.add("bob", "bob@example.org", "Secret-Word-1", admin=True)
    assert "Secret-Word-1" not in (tmp_path / "accounts.json").read_text()
    again = Directory(tmp_path / "accounts.json")
    assert again.authenticate("bob", "Secret-Word-1") is not None
    assert again.authenticate("bob", "wrong") is None
    assert again.authenticate("eve", "Secret-Word-1") is None


def test_rights(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "accounts.json")
    directory.add("bob", "b@example.org", "pw", admin=True)
    directory.add("eve", "e@example.org", "pw", admin=False)
    bob, eve = directory.authenticate("bob", "pw"), directory.authenticate("eve", "pw")
    wanted = Scope("repository", "library/hub", ("pull", "push"))
    assert directory.grant(bob, wanted) == ("pull", "push")
    assert directory.grant(eve, wanted) == ("pull",)
    assert directory.grant(None, wanted) == ("pull",)
    assert directory.grant(bob, Scope("repository", "elsewhere/hub", ("pull",))) == ()
    assert directory.grant(eve, Scope("registry", "catalog", ("*",))) == ()


@dataclass
class Running:
    url: str
    client: httpx2.Client

    def token(self, scope: str, password: str = "pw", login: str = "bob") -> httpx2.Response:
        # BinderHub sends two services: the first counts.
        query = [("service", "harbor-registry"), ("service", "container_registry"), ("scope", scope)]
        return self.client.get(f"{self.url}/service/token", params=query, auth=(login, password))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    host = RegistryHost(tmp_path / "registries", binaries.registry, ProcessTable(tmp_path / "processes"))
    try:
        url = host.start("one")
        host.add_user("one", "bob", "bob@example.org", "pw", admin=True)
        with httpx2.Client(trust_env=False) as client:
            yield Running(url, client)
    finally:
        host.stop()


def push_blob(running: Running, data: bytes, headers: dict[str, str]) -> str:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    started = running.client.post(f"{running.url}/v2/library/hub/blobs/uploads/", headers=headers)
    target = httpx2.URL(running.url).join(started.headers["location"])
    done = running.client.put(target.copy_merge_params({"digest": digest}), content=data, headers=headers)
    assert (started.status_code, done.status_code) == (202, 201)
    return digest


@pytest.mark.contract
def test_docker_login_push_and_pull(running: Running) -> None:
    challenge = running.client.get(f"{running.url}/v2/").headers["www-authenticate"]
    assert challenge == f'Bearer realm="{running.url}/service/token",service="harbor-registry"'
    token = running.token("repository:library/hub:pull,push").json()["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["access"] == [{"type": "repository", "name": "library/hub", "actions": ["pull", "push"]}]
    headers = {"Authorization": f"Bearer {token}"}
    data = b"{}" * 50_000
    digest = push_blob(running, data, headers)
    part = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(data)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": part, "layers": []})
    path = f"{running.url}/v2/library/hub/manifests/v1"
    put = running.client.put(path, content=manifest, headers={**headers, "Content-Type": MANIFEST_TYPE})
    assert put.status_code == 201
    assert running.client.get(path, headers={**headers, "Accept": MANIFEST_TYPE}).text == manifest
    assert running.client.get(f"{running.url}/v2/library/hub/blobs/{digest}", headers=headers).content == data
    assert running.client.head(path, auth=("bob", "pw"), headers={"Accept": MANIFEST_TYPE}).status_code == 200
    assert running.client.get(f"{running.url}/v2/library/hub/manifests/v2", headers=headers).status_code == 404


@pytest.mark.contract
def test_what_is_refused(running: Running) -> None:
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
def test_open_routes(running: Running) -> None:
    assert running.client.get(f"{running.url}/api/v2.0/health").json()["status"] == "healthy"
    assert running.client.get(f"{running.url}/api/v2.0/ping").text == "Pong"
    assert "harbor_version" not in running.client.get(f"{running.url}/api/v2.0/systeminfo").json()
    signed_in = running.client.get(f"{running.url}/api/v2.0/systeminfo", auth=("bob", "pw"))
    assert signed_in.json()["harbor_version"].startswith("v2.")
