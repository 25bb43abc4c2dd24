"""A small client of the registry protocol with token authentication, as `docker login` and `docker push` speak it.

Source: the OCI distribution specification and the token authentication specification of CNCF distribution.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Self

import httpx2

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


class RegistryClient:
    """One user of one registry."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=20)
        self._login = (user, password)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def token_status(self, repository: str) -> int:
        """Return the status of asking for a token: what decides whether `docker login` succeeds."""
        return self._ask_token(repository).status_code

    def push(self, repository: str, tag: str, layer: bytes) -> str:
        """Push an image of one layer and return its digest."""
        config = b"{}"
        for blob in (config, layer):
            self._push_blob(repository, blob)
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
                "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
            }
        ).encode()
        headers = {**self._bearer(repository), "Content-Type": MANIFEST_TYPE}
        self._http.put(f"/v2/{repository}/manifests/{tag}", content=manifest, headers=headers).raise_for_status()
        return _digest(manifest)

    def pull(self, repository: str, tag: str) -> str:
        """Pull a manifest and return the digest of what came."""
        headers = {**self._bearer(repository), "Accept": MANIFEST_TYPE}
        answer = self._http.get(f"/v2/{repository}/manifests/{tag}", headers=headers).raise_for_status()
        return _digest(answer.content)

    def _push_blob(self, repository: str, blob: bytes) -> None:
        headers = self._bearer(repository)
        upload = self._http.post(f"/v2/{repository}/blobs/uploads/", headers=headers).raise_for_status()
        location = httpx2.URL(upload.headers["location"])
        target = location.copy_merge_params({"digest": _digest(blob)})
        self._http.put(target, content=blob, headers=headers).raise_for_status()

    def _bearer(self, repository: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._ask_token(repository).raise_for_status().json()['token']}"}

    def _ask_token(self, repository: str) -> httpx2.Response:
        challenge = self._http.get("/v2/")
        assert challenge.status_code == 401
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge.headers["www-authenticate"]))
        query = {"service": fields["service"], "scope": f"repository:{repository}:pull,push"}
        return self._http.get(fields["realm"], params=query, auth=self._login)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
