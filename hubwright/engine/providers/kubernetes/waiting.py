"""Waits until an object is ready, and says why it is not when the time is over."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubwright.adapters.kubernetes import KubernetesClient, Manifest, Readiness, assess, explain_unready
from hubwright.core.errors import CancelledError
from hubwright.engine.providers.base import OperationContext

_SKIP_AWAIT = "pulumi.com/skipAwait"
_TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
_FIRST_POLL_S = 0.1
_SLOWEST_POLL_S = 2.0
_POLL_GROWTH = 1.5
_NEWS_INTERVAL_S = 10.0


@dataclass(frozen=True, slots=True)
class WaitOutcome:
    """The object as it was last seen; `reasons` says why it is not ready, empty when it is."""

    live: Manifest
    reasons: Sequence[str] = ()


def wait_until_ready(
    client: KubernetesClient, live: Manifest, context: OperationContext, *, default_timeout_s: float
) -> WaitOutcome:
    """Wait until `live` is ready, has failed for good, or the time is over. Raises CancelledError when stopped."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    if str(annotations.get(_SKIP_AWAIT)).lower() == "true":
        return WaitOutcome(live)
    timeout_s = _timeout(annotations, context, default_timeout_s)
    deadline = time.monotonic() + timeout_s
    next_news = time.monotonic() + _NEWS_INTERVAL_S
    pause_s = _FIRST_POLL_S
    while True:
        verdict = _judge(client, live)
        if verdict.ready:
            return WaitOutcome(live)
        if verdict.failed or time.monotonic() > deadline:
            late = "" if verdict.failed else f" after {timeout_s:.0f} s"
            return WaitOutcome(live, explain_unready(client, live, _with_note(verdict, late)))
        if context.cancelled():
            raise CancelledError(f"stopped while waiting: {verdict.reason}")
        if time.monotonic() > next_news:
            context.log(f"waiting: {verdict.reason}")
            next_news += _NEWS_INTERVAL_S
        time.sleep(pause_s)
        pause_s = min(pause_s * _POLL_GROWTH, _SLOWEST_POLL_S)
        live = _reread(client, live)


def _timeout(annotations: Mapping[str, Any], context: OperationContext, default_timeout_s: float) -> float:
    """Return the first that is set: the resource's custom time-out, its annotation, the default."""
    if context.timeout_s:
        return context.timeout_s
    written = str(annotations.get(_TIMEOUT_SECONDS, ""))
    return float(written) if written.isdigit() else default_timeout_s


def _judge(client: KubernetesClient, live: Manifest) -> Readiness:
    verdict = assess(live)
    # A claim of such a class is bound only when a pod uses it: waiting for it would be waiting for ever.
    if not verdict.ready and live.get("kind") == "PersistentVolumeClaim" and _binds_on_use(client, live):
        return Readiness(ready=True)
    return verdict


def _binds_on_use(client: KubernetesClient, claim: Manifest) -> bool:
    name = (claim.get("spec") or {}).get("storageClassName")
    storage_class = client.get("storage.k8s.io/v1", "StorageClass", name) if name else None
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"


def _reread(client: KubernetesClient, live: Manifest) -> Manifest:
    metadata = live["metadata"]
    found = client.get(str(live["apiVersion"]), str(live["kind"]), metadata["name"], metadata.get("namespace"))
    return found if found is not None else live


def _with_note(verdict: Readiness, note: str) -> Readiness:
    return Readiness(ready=False, reason=f"{verdict.reason}{note}", failed=verdict.failed)
