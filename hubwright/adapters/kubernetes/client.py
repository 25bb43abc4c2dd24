"""A small Kubernetes client: discovery, server-side apply, get, list, delete, logs. It starts in milliseconds.

The official Python client costs half a second to import and has no server-side apply for arbitrary kinds, so this one
speaks the REST API itself through httpx2. One client may be used from many threads.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2
import stamina

from hubwright.adapters.kubernetes.errors import answer_error, connection_error
from hubwright.adapters.kubernetes.kubeconfig import parse_kubeconfig
from hubwright.core.errors import ApiError, CancelledError, DeadlineError

Propagation = Literal["Foreground", "Background", "Orphan"]
Manifest = dict[str, Any]

_PAGE_SIZE = 500
_POLL_INTERVAL_S = 0.2
_RETRY_STATUSES = frozenset({429, 502, 503, 504})
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """Where the objects of a kind live in the API."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, name: str | None = None, namespace: str | None = None) -> str:
        """Return the URL path of one object, or of the collection when `name` is None."""
        root = "/api/" if "/" not in self.api_version else "/apis/"
        parts = [f"{root}{self.api_version}"]
        if self.namespaced and namespace:
            parts.append(f"namespaces/{namespace}")
        parts.append(self.plural)
        if name:
            parts.append(name)
        return "/".join(parts)


class _RetryableAnswerError(Exception):
    """An answer that a later try may better; never leaves this module."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class KubernetesClient:
    """Talks to one API server as a kubeconfig says. Raises errors of `hubwright.core.errors` only."""

    def __init__(
        self,
        kubeconfig: str,
        *,
        context: str | None = None,
        folder: Path | None = None,
        timeout_s: float = 30,
        retry_for_s: float = 10,
    ) -> None:
        access = parse_kubeconfig(kubeconfig, context=context, folder=folder)
        self.server_url = access.server_url
        self.default_namespace = access.namespace
        self._retry_for_s = retry_for_s
        self._kinds: dict[tuple[str, str], ObjectKind] = {}
        self._kinds_lock = threading.Lock()
        headers = {"Accept": "application/json"}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self._http = httpx2.Client(
            base_url=access.server_url,
            verify=access.tls_context(),
            headers=headers,
            timeout=timeout_s,
            # As in Go's HTTP client, a proxy of the environment is never used for loopback addresses.
            trust_env=urlsplit(access.server_url).hostname not in _LOOPBACK_HOSTS,
        )
        # Providers live as long as somebody holds them and are never told to close.
        weakref.finalize(self, self._http.close)

    def __enter__(self) -> KubernetesClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def find_kind(self, api_version: str, kind: str) -> ObjectKind:
        """Look `kind` up in the API server's discovery. Raises ApiError (404) when it has no such kind."""
        key = (api_version, kind)
        with self._kinds_lock:
            if key not in self._kinds:
                self._kinds.update(self._discover(api_version))
            if key not in self._kinds:
                raise _unknown_kind(api_version, kind)
            return self._kinds[key]

    def apply(
        self, manifest: Mapping[str, Any], *, field_manager: str, force: bool = False, dry_run: bool = False
    ) -> Manifest:
        """Make the object as `manifest` says by server-side apply and return it as the server has it now.

        With `dry_run` the server does all but keep it. Raises FieldConflictError naming the other manager when it owns
        a field and `force` is false.
        """
        kind = self.find_kind(str(manifest["apiVersion"]), str(manifest["kind"]))
        name, namespace = self._address(kind, manifest)
        params = {"fieldManager": field_manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        response = self._request(
            "PATCH",
            kind.path(name, namespace),
            what=f"apply {describe(kind.kind, name, namespace)}",
            params={**params, **({"dryRun": "All"} if dry_run else {})},
            content=json.dumps(manifest).encode(),
            headers={"Content-Type": "application/apply-patch+yaml"},
            manifest=manifest,
        )
        return _object(response)

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """Return the object, None when there is none."""
        found = self.find_kind(api_version, kind)
        namespace = self._namespace(found, namespace)
        try:
            what = f"read {describe(kind, name, namespace)}"
            return _object(self._request("GET", found.path(name, namespace), what=what))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(
        self,
        api_version: str,
        kind: str,
        *,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Sequence[Manifest]:
        """Return the objects of a kind, of all namespaces when `namespace` is None; kind and apiVersion filled in."""
        found = self.find_kind(api_version, kind)
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        params = {key: value for key, value in selectors.items() if value}
        items = self._pages(found.path(namespace=namespace), what=f"list {found.plural}", params=params)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in items]

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: Propagation = "Foreground",
        uid: str | None = None,
    ) -> bool:
        """Ask for the object's removal; false when it is gone already. With `uid`, only that very object."""
        found = self.find_kind(api_version, kind)
        namespace = self._namespace(found, namespace)
        options: Manifest = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            self._request(
                "DELETE",
                found.path(name, namespace),
                what=f"delete {describe(kind, name, namespace)}",
                content=json.dumps(options).encode(),
                headers={"Content-Type": "application/json"},
            )
        except ApiError as error:
            if error.status == 404 or (uid and error.status == 409):
                return False
            raise
        return True

    def wait_until_gone(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        timeout_s: float,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait until the object does not exist. Raises DeadlineError naming the finalizers that hold it."""
        deadline = time.monotonic() + timeout_s
        while (live := self.get(api_version, kind, name, namespace)) is not None:
            if cancelled():
                raise CancelledError(f"stopped while waiting for {describe(kind, name, namespace)} to go")
            if time.monotonic() > deadline:
                raise _still_there(live, timeout_s)
            time.sleep(_POLL_INTERVAL_S)

    def read_log(self, namespace: str, pod: str, *, container: str, tail_lines: int, previous: bool = False) -> str:
        """Return the last lines of a container's log."""
        pods = self.find_kind("v1", "Pod")
        response = self._request(
            "GET",
            f"{pods.path(pod, namespace)}/log",
            what=f"read the log of {namespace}/{pod}",
            params={"container": container, "tailLines": str(tail_lines), "previous": str(previous).lower()},
        )
        return response.text

    def server_version(self) -> str:
        """Return the version that the API server says it has, such as ``v1.36.4``."""
        answer = _object(self._request("GET", "/version", what="read the cluster's version"))
        return str(answer["gitVersion"])

    def api_versions(self) -> Sequence[str]:
        """List what the API server serves as Helm's templates ask for it: ``apps/v1`` and ``apps/v1/Deployment``.

        Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
        """
        found: set[str] = set()
        for root in ("/api", "/apis"):
            answer = _object(self._request("GET", root, what="discover the API", headers={"Accept": _DISCOVERY}))
            for group in answer.get("items", []):
                name = (group.get("metadata") or {}).get("name")
                for version in group.get("versions", []):
                    served = f"{name}/{version['version']}" if name else str(version["version"])
                    kinds = {item["responseKind"]["kind"] for item in version.get("resources", [])}
                    found |= {served, *(f"{served}/{kind}" for kind in kinds)}
        return sorted(found)

    def _discover(self, api_version: str) -> dict[tuple[str, str], ObjectKind]:
        root = "/api/" if "/" not in api_version else "/apis/"
        try:
            answer = _object(self._request("GET", f"{root}{api_version}", what=f"discover {api_version}"))
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        return {
            (api_version, item["kind"]): ObjectKind(api_version, item["kind"], item["name"], item["namespaced"])
            for item in answer.get("resources", [])
            if "/" not in item["name"]
        }

    def _pages(self, path: str, *, what: str, params: Mapping[str, str]) -> Iterator[Manifest]:
        token = ""
        while True:
            page_params = {**params, "limit": str(_PAGE_SIZE), **({"continue": token} if token else {})}
            page = _object(self._request("GET", path, what=what, params=page_params))
            yield from page.get("items") or []
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    def _address(self, kind: ObjectKind, manifest: Mapping[str, Any]) -> tuple[str, str | None]:
        metadata = manifest.get("metadata") or {}
        return str(metadata["name"]), self._namespace(kind, metadata.get("namespace"))

    def _namespace(self, kind: ObjectKind, namespace: str | None) -> str | None:
        return (namespace or self.default_namespace) if kind.namespaced else None

    def _request(
        self,
        method: str,
        path: str,
        *,
        what: str,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        manifest: Mapping[str, Any] | None = None,
    ) -> httpx2.Response:
        """Send one request, trying again what is safe to repeat: all our verbs are idempotent."""
        try:
            for attempt in stamina.retry_context(
                on=(httpx2.TransportError, _RetryableAnswerError),
                attempts=None,
                timeout=self._retry_for_s,
                wait_initial=0.1,
                wait_max=2.0,
            ):
                with attempt:
                    response = self._http.request(method, path, params=params, content=content, headers=headers)
                    if response.status_code in _RETRY_STATUSES:
                        raise _RetryableAnswerError(response)
        except _RetryableAnswerError as retryable:
            response = retryable.response
        except httpx2.HTTPError as error:
            raise connection_error(error, what=what, server_url=self.server_url) from error
        if response.status_code >= 400:
            raise answer_error(response, what=what, manifest=manifest)
        return response


def connect_kubernetes(kubeconfig: str, *, context: str | None = None) -> KubernetesClient:
    """Return a client for a kubeconfig's text; nothing is sent yet."""
    return KubernetesClient(kubeconfig, context=context)


def describe(kind: str, name: str, namespace: str | None = None) -> str:
    """Name an object as people do: ``Deployment hub/proxy``."""
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _object(response: httpx2.Response) -> Manifest:
    parsed: Manifest = json.loads(response.content)
    return parsed


def _unknown_kind(api_version: str, kind: str) -> ApiError:
    return ApiError(
        f"the cluster has no kind {kind} in {api_version}",
        status=404,
        hint="install its CustomResourceDefinition first, or correct apiVersion and kind",
    )


def _still_there(live: Manifest, timeout_s: float) -> DeadlineError:
    metadata = live.get("metadata") or {}
    finalizers = metadata.get("finalizers")
    held = f", held by the finalizers {', '.join(finalizers)}" if finalizers else ""
    name = describe(str(live.get("kind")), str(metadata.get("name")), metadata.get("namespace"))
    return DeadlineError(
        f"{name} is still there after {timeout_s:.0f} s{held}",
        hint="the controller that owns the finalizer must run; then run the command again",
    )
