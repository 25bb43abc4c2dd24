"""A registry with its Harbor API, for every test folder that wants one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hubwright.sandbox.process import ProcessTable
from hubwright.sandbox.registry.host import RegistryHost
from hubwright.toolchain import find_toolchain

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
ADMIN = ("bob", "pw")


@dataclass
class Running:
    """A registry with Harbor's API, a client for it, and an administrator `bob`."""

    url: str
    client: httpx2.Client
    folder: Path

    def token(self, scope: str, password: str = "pw", login: str = "bob") -> httpx2.Response:
        # BinderHub sends two services: the first counts.
        query = [("service", "harbor-registry"), ("service", "container_registry"), ("scope", scope)]
        return self.client.get(f"{self.url}/service/token", params=query, auth=(login, password))

    def api(self, method: str, path: str, body: Any = None, auth: tuple[str, str] | None = ADMIN) -> httpx2.Response:
        return self.client.request(method, f"{self.url}/api/v2.0{path}", json=body, auth=auth)

    def docker(self, method: str, path: str, auth: tuple[str, str] = ADMIN, **options: Any) -> httpx2.Response:
        return self.client.request(method, f"{self.url}/v2/{path}", auth=auth, **options)

    def push_blob(self, repository: str, data: bytes, auth: tuple[str, str] = ADMIN) -> str:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        started = self.docker("POST", f"{repository}/blobs/uploads/", auth)
        assert started.status_code == 202, started.text
        target = httpx2.URL(self.url).join(started.headers["location"]).copy_merge_params({"digest": digest})
        assert self.client.put(target, content=data, auth=auth).status_code == 201
        return digest

    def push(self, name: str, data: bytes = b"{}", auth: tuple[str, str] = ADMIN) -> httpx2.Response:
        """Push an image of one blob by its name, such as `library/hub:v1`."""
        repository, _, tag = name.rpartition(":")
        digest = self.push_blob(repository, data, auth)
        part = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(data)}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": part, "layers": []})
        headers = {"Content-Type": MANIFEST_TYPE}
        return self.docker("PUT", f"{repository}/manifests/{tag}", auth, content=manifest, headers=headers)

    def pull(self, name: str, auth: tuple[str, str] = ADMIN) -> httpx2.Response:
        """Get the manifest of an image."""
        repository, _, tag = name.rpartition(":")
        return self.docker("GET", f"{repository}/manifests/{tag}", auth, headers={"Accept": MANIFEST_TYPE})


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
            yield Running(url, client, tmp_path / "registries" / "one")
    finally:
        host.stop()
