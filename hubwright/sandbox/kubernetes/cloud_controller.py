"""The cloud controller of one cluster: watches its Services and brings them in line with OpenStack.

Two threads: one follows the API server and queues what changed, one works through the queue, so that a slow cloud
never makes the watch stale. A failure is retried with growing pauses and told by an Event on the Service.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import threading
import time
from contextlib import suppress
from typing import Any

from hubwright.core.errors import ApiError
from hubwright.sandbox.kubernetes.api_client import KubernetesApi, Watch
from hubwright.sandbox.kubernetes.load_balancers import (
    CloudSettings,
    NotYetError,
    is_finished,
    reconcile_service,
    service_path,
)
from hubwright.sandbox.kubernetes.openstack_access import OpenStackAccess

_SERVICES = "/api/v1/services"
_CONFLICT = 409
_NOT_FOUND = 404
_STOP_TIMEOUT_S = 5.0


class DelayedQueue:
    """Keys that are due at a time; a key waits once only, with the earliest of its times."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        self._closed = False

    def put(self, key: str, *, delay_s: float = 0.0) -> None:
        """Make `key` due in `delay_s`, unless it is due earlier already."""
        due = time.monotonic() + delay_s
        with self._changed:
            if due < self._due.get(key, float("inf")):
                self._due[key] = due
                heapq.heappush(self._heap, (due, key))
                self._changed.notify()

    def get(self) -> str | None:
        """Wait for the next due key and take it out; None once the queue is closed."""
        with self._changed:
            while not self._closed:
                pause = self._heap[0][0] - time.monotonic() if self._heap else None
                if pause is None or pause > 0:
                    self._changed.wait(pause)
                    continue
                due, key = heapq.heappop(self._heap)
                if self._due.get(key) == due:
                    del self._due[key]
                    return key
            return None

    def close(self) -> None:
        """Wake the reader for the last time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class CloudController:
    """Answers the LoadBalancer Services of the cluster that `kubeconfig` names, until `stop`."""

    def __init__(
        self,
        kubeconfig: str,
        openstack: OpenStackAccess,
        settings: CloudSettings,
        *,
        first_retry_s: float = 0.25,
        longest_retry_s: float = 10.0,
        relist_interval_s: float = 1.0,
    ) -> None:
        self._api = KubernetesApi(kubeconfig)
        self._openstack = openstack
        self._settings = settings
        self._first_retry_s = first_retry_s
        self._longest_retry_s = longest_retry_s
        self._relist_interval_s = relist_interval_s
        self._queue = DelayedQueue()
        self._failures: dict[str, int] = {}
        self._stopping = threading.Event()
        self._watch: Watch | None = None
        self._threads = [
            threading.Thread(target=target, name=f"cloud-controller-{settings.cluster_name}-{verb}", daemon=True)
            for verb, target in (("watch", self._follow), ("work", self._work))
        ]

    def start(self) -> None:
        """Start both threads; the API server need not answer yet."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads, waiting for a call in flight, and close the connections."""
        self._stopping.set()
        self._queue.close()
        if self._watch is not None:
            self._watch.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_TIMEOUT_S)
        self._api.close()

    def _follow(self) -> None:
        """List, then watch from there; whatever ends the watch leads to a new list."""
        while not self._stopping.is_set():
            with suppress(ApiError):
                listed = self._api.get(_SERVICES)
                for service in listed["items"]:
                    self._notice(service)
                self._watch = self._api.watch(_SERVICES, resource_version=listed["metadata"]["resourceVersion"])
                self._read_events(self._watch)
            self._stopping.wait(self._relist_interval_s)

    def _read_events(self, watch: Watch) -> None:
        if self._stopping.is_set():
            watch.close()
        for event in watch:
            if event["type"] == "ERROR":
                return
            if event["type"] in {"ADDED", "MODIFIED"}:
                self._notice(event["object"])

    def _notice(self, service: dict[str, Any]) -> None:
        if not is_finished(service):
            self._queue.put(service_path(service))

    def _work(self) -> None:
        while (path := self._queue.get()) is not None:
            try:
                self._reconcile(path)
            except Exception as error:  # noqa: BLE001 - a thread has nobody above it; the next try may go well
                self._retry(path, None, f"{type(error).__name__} in the cloud controller")

    def _reconcile(self, path: str) -> None:
        service = None
        try:
            service = self._api.get(path)
            if is_finished(service):
                return
            address = reconcile_service(self._api, self._openstack, self._settings, service)
        except (NotYetError, ApiError) as error:
            if isinstance(error, ApiError) and service is None and error.status == _NOT_FOUND:
                self._failures.pop(path, None)
                return
            # Somebody changed the Service in between; that is how two writers meet, and no news.
            conflict = isinstance(error, ApiError) and error.status == _CONFLICT
            self._retry(path, None if conflict else service, str(error))
            return
        self._failures.pop(path, None)
        if address:
            self._emit(service, "Normal", "EnsuredLoadBalancer", f"the load balancer's address is {address}")

    def _retry(self, path: str, service: dict[str, Any] | None, reason: str) -> None:
        failures = self._failures.get(path, 0)
        self._failures[path] = failures + 1
        self._queue.put(path, delay_s=min(self._first_retry_s * 2 ** min(failures, 16), self._longest_retry_s))
        if service is not None:
            self._emit(service, "Warning", "SyncLoadBalancerFailed", reason)

    def _emit(self, service: dict[str, Any], kind: str, reason: str, message: str) -> None:
        """Write an Event; a repeated one is counted. Events are news, so that failing to write one is no fault."""
        metadata = service["metadata"]
        digest = hashlib.sha256(f"{metadata['uid']} {reason} {message}".encode()).hexdigest()[:16]
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"/api/v1/namespaces/{metadata['namespace']}/events"
        name = f"{metadata['name'][:200]}.{digest}"
        body = {
            "metadata": {"name": name, "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Service",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "source": {"component": "cloud-controller"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        with suppress(ApiError):
            try:
                self._api.create(path, body)
            except ApiError as error:
                if error.status != _CONFLICT:
                    raise
                count = self._api.get(f"{path}/{name}").get("count", 1)
                self._api.merge(f"{path}/{name}", {"count": count + 1, "lastTimestamp": now})
