"""The few calls that the sandbox makes to a cluster's API server, on httpx2.

The official client takes a second to import and a thread to watch; the cloud daemon has many clusters to look after.
"""

from __future__ import annotations

import json
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from hubwright.core.errors import ApiError
from hubwright.sandbox.kubernetes.kubeconfig import Credentials, read_credentials

FIELD_MANAGER = "hubwright-sandbox"
_TIMEOUT_S = 10.0
_MESSAGE_LIMIT = 300


class KubernetesApi:
    """A client of one API server; safe to share between threads. Errors are ApiError with the HTTP status."""

    def __init__(self, kubeconfig: str) -> None:
        credentials = read_credentials(kubeconfig)
        self._http = httpx2.Client(
            base_url=credentials.server_url,
            verify=_tls_context(credentials),
            timeout=_TIMEOUT_S,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def is_ready(self) -> bool:
        """Tell whether the API server calls itself ready."""
        try:
            return self._http.get("/readyz").status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """Read one object or a list."""
        return self._request("GET", path, parameters=parameters)

    def exists(self, path: str) -> bool:
        """Tell whether `path` answers; other failures than 404 are raised."""
        try:
            self.get(path)
        except ApiError as error:
            if error.status == httpx2.codes.NOT_FOUND:
                return False
            raise
        return True

    def apply(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create or change an object by server-side apply; conflicts are won."""
        return self._request(
            "PATCH",
            path,
            parameters={"fieldManager": FIELD_MANAGER, "force": "true"},
            body=body,
            content_type="application/apply-patch+yaml",
        )

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change an object by a JSON merge patch; a `resourceVersion` inside makes it conditional."""
        return self._request("PATCH", path, body=body, content_type="application/merge-patch+json")

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object in the collection `path`."""
        return self._request("POST", path, body=body)

    def delete(self, path: str, *, grace_period_s: int | None = None) -> None:
        """Delete an object and what it owns; one that is already gone is fine."""
        # Jobs orphan their pods unless told otherwise.
        body: dict[str, Any] = {"propagationPolicy": "Background"}
        if grace_period_s is not None:
            body["gracePeriodSeconds"] = grace_period_s
        try:
            self._request("DELETE", path, body=body)
        except ApiError as error:
            if error.status != httpx2.codes.NOT_FOUND:
                raise

    def watch(self, path: str, *, resource_version: str) -> Watch:
        """Start to watch the collection `path` from `resource_version`."""
        request = self._http.build_request(
            "GET",
            path,
            params={"watch": "true", "resourceVersion": resource_version, "allowWatchBookmarks": "true"},
            timeout=httpx2.Timeout(_TIMEOUT_S, read=None),
        )
        try:
            response = self._http.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise ApiError(f"the API server did not answer a watch of {path}") from error
        if response.is_error:
            response.close()
            raise ApiError(f"the API server refused a watch of {path}", status=response.status_code)
        return Watch(response)

    def _request(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        try:
            response = self._http.request(
                method,
                path,
                params=parameters,
                content=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type} if body is not None else None,
            )
        except httpx2.HTTPError as error:
            raise ApiError(f"{method} {path}: the API server did not answer") from error
        if response.is_error:
            raise ApiError(f"{method} {path}: {_status_message(response)}", status=response.status_code)
        answer: dict[str, Any] = response.json()
        return answer


class Watch:
    """The events of one watch; `close` may be called from another thread and ends the iteration."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            for line in self._response.iter_lines():
                yield json.loads(line)
        except (httpx2.HTTPError, httpx2.StreamError, ValueError, OSError):
            return
        finally:
            self._response.close()

    def close(self) -> None:
        """End the watch: the reader, which waits in a read, is woken by shutting its socket down."""
        stream = self._response.extensions.get("network_stream")
        raw: socket.socket | None = stream.get_extra_info("socket") if stream else None
        if raw is not None:
            with suppress(OSError):
                # An SSL socket would first say goodbye, in a lock that the reader holds.
                socket.socket.shutdown(raw, socket.SHUT_RDWR)


def _tls_context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=credentials.ca_pem)
    # The ssl module reads a client's certificate from a file only.
    with tempfile.TemporaryDirectory(prefix="hubwright-") as folder:
        path = Path(folder) / "client.pem"
        path.touch(mode=0o600)
        path.write_text(credentials.certificate_pem + credentials.key_pem)
        context.load_cert_chain(path)
    return context


def _status_message(response: httpx2.Response) -> str:
    """The sentence of a Kubernetes Status object; bodies of another kind are dropped."""
    try:
        message = str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        message = f"HTTP status {response.status_code}"
    return message[:_MESSAGE_LIMIT]
