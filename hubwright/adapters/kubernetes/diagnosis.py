"""Says why objects are not ready: their events, the state of their pods and the last lines of the logs.

This is what a user would collect with ``kubectl describe`` and ``kubectl logs``. It never raises: a diagnosis that
fails must not hide the failure that it should explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hubwright.adapters.kubernetes.client import KubernetesClient, Manifest, describe
from hubwright.adapters.kubernetes.readiness import Readiness, assess
from hubwright.core.errors import HubwrightError

_EVENTS_SHOWN = 3
_PODS_SHOWN = 3
_LOG_LINES_SHOWN = 5
_LINE_LIMIT = 300


def find_unready(client: KubernetesClient, manifests: Iterable[Mapping[str, Any]]) -> list[tuple[Manifest, Readiness]]:
    """Read the live objects of `manifests` and return those that are not ready, or not there."""
    unready = []
    for manifest in manifests:
        live = _read(client, manifest)
        verdict = assess(live) if live else Readiness(ready=False, reason="it does not exist")
        if not verdict.ready:
            unready.append((live or dict(manifest), verdict))
    return unready


def explain_unready(client: KubernetesClient, live: Manifest, verdict: Readiness) -> list[str]:
    """Return a headline for an unready object, then indented lines of evidence; the first line alone makes sense."""
    metadata = live.get("metadata") or {}
    name = describe(str(live.get("kind")), str(metadata.get("name")), metadata.get("namespace"))
    lines = [f"{name} is not ready: {verdict.reason}"]
    lines += [f"  event: {text}" for text in _events(client, live)]
    for pod in _unready_pods(client, live):
        lines += [f"  {line}" for line in _explain_pod(client, pod)]
    return [_cut(line) for line in lines]


def _read(client: KubernetesClient, manifest: Mapping[str, Any]) -> Manifest | None:
    metadata = manifest.get("metadata") or {}
    try:
        return client.get(
            str(manifest["apiVersion"]), str(manifest["kind"]), str(metadata["name"]), metadata.get("namespace")
        )
    except (HubwrightError, KeyError):
        return None


def _events(client: KubernetesClient, live: Manifest) -> list[str]:
    """Return the newest warnings about an object, without repetition; normal events where there is no warning."""
    metadata = live.get("metadata") or {}
    selector = f"involvedObject.name={metadata.get('name')},involvedObject.kind={live.get('kind')}"
    try:
        events = client.list("v1", "Event", namespace=metadata.get("namespace") or "default", field_selector=selector)
    except HubwrightError:
        return []
    events = sorted(events, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    warnings = [event for event in events if event.get("type") == "Warning"]
    texts = [f"{event.get('reason')}: {event.get('message')}" for event in warnings or events]
    return list(dict.fromkeys(reversed(texts)))[:_EVENTS_SHOWN]


def _unready_pods(client: KubernetesClient, live: Manifest) -> Iterator[Manifest]:
    if live.get("kind") == "Pod":
        yield live
        return
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels")
    if not labels:
        return
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    namespace = (live.get("metadata") or {}).get("namespace")
    try:
        pods = client.list("v1", "Pod", namespace=namespace, label_selector=selector)
    except HubwrightError:
        return
    yield from [pod for pod in pods if not assess(pod).ready][:_PODS_SHOWN]


def _explain_pod(client: KubernetesClient, pod: Manifest) -> Iterator[str]:
    metadata, status = pod.get("metadata") or {}, pod.get("status") or {}
    yield f"Pod {metadata.get('name')} is {status.get('phase', 'Unknown')}"
    for condition in status.get("conditions") or []:
        if condition.get("status") == "False" and condition.get("message"):
            yield f"  {condition.get('reason')}: {condition.get('message')}"
    for text in _events(client, pod):
        yield f"  event: {text}"
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        yield from _explain_container(client, pod, container)


def _explain_container(client: KubernetesClient, pod: Manifest, container: Manifest) -> Iterator[str]:
    state = container.get("state") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
    if container.get("ready") or ended.get("exitCode") == 0:
        return
    name = container.get("name")
    if waiting:
        yield f"  container {name} waits: {waiting.get('reason')} {waiting.get('message', '')}".rstrip()
    if ended:
        yield f"  container {name} ended with {ended.get('exitCode')}: {ended.get('reason')}"
    if container.get("restartCount") or ended:
        for line in _log_lines(client, pod, str(name), previous=not ended):
            yield f"    | {line}"


def _log_lines(client: KubernetesClient, pod: Manifest, container: str, *, previous: bool) -> list[str]:
    metadata = pod.get("metadata") or {}
    try:
        text = client.read_log(
            str(metadata.get("namespace")),
            str(metadata.get("name")),
            container=container,
            tail_lines=_LOG_LINES_SHOWN,
            previous=previous,
        )
    except HubwrightError:
        return []
    return text.splitlines()[-_LOG_LINES_SHOWN:]


def _cut(line: str) -> str:
    return line if len(line) <= _LINE_LIMIT else f"{line[:_LINE_LIMIT]} …"
