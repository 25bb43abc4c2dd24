"""Decides from an object's own status whether it is ready, and says what is missing. Pure.

The rules are those of Helm's and Pulumi's awaiters for the kinds on which a deployment waits; any other kind is ready
as soon as it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an object is ready; `reason` tells what is missing, `failed` that waiting on is useless."""

    ready: bool
    reason: str = ""
    failed: bool = False


_READY = Readiness(ready=True)


def assess(live: Manifest) -> Readiness:
    """Judge a live object."""
    judge = _JUDGES.get(str(live.get("kind")))
    return judge(live) if judge else _READY


def awaited_kinds() -> frozenset[str]:
    """Return the kinds for which readiness is more than existence."""
    return frozenset(_JUDGES)


def _missing(reason: str, *, failed: bool = False) -> Readiness:
    return Readiness(ready=False, reason=reason, failed=failed)


def _status(live: Manifest) -> Manifest:
    return live.get("status") or {}


def _spec(live: Manifest) -> Manifest:
    return live.get("spec") or {}


def _condition(live: Manifest, kind: str) -> Manifest:
    for condition in _status(live).get("conditions") or []:
        if condition.get("type") == kind:
            found: Manifest = condition
            return found
    return {}


def _is_true(live: Manifest, kind: str) -> bool:
    return _condition(live, kind).get("status") == "True"


def _is_observed(live: Manifest) -> bool:
    generation = (live.get("metadata") or {}).get("generation", 0)
    return int(_status(live).get("observedGeneration", 0)) >= int(generation)


def _namespace(live: Manifest) -> Readiness:
    phase = _status(live).get("phase")
    return _READY if phase == "Active" else _missing(f"its phase is {phase}")


def _deployment(live: Manifest) -> Readiness:
    if not _is_observed(live):
        return _missing("the controller has not seen it yet")
    wanted = int(_spec(live).get("replicas", 1))
    status = _status(live)
    progressing = _condition(live, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return _missing(f"it stopped progressing: {progressing.get('message', '')}", failed=True)
    if int(status.get("updatedReplicas", 0)) < wanted:
        return _missing(f"{status.get('updatedReplicas', 0)} of {wanted} pods are of the new version")
    if int(status.get("replicas", 0)) > int(status.get("updatedReplicas", 0)):
        return _missing("pods of the old version are still there")
    if int(status.get("availableReplicas", 0)) < wanted:
        return _missing(f"{status.get('availableReplicas', 0)} of {wanted} pods are available")
    return _READY


def _stateful_set(live: Manifest) -> Readiness:
    if not _is_observed(live):
        return _missing("the controller has not seen it yet")
    wanted = int(_spec(live).get("replicas", 1))
    ready = int(_status(live).get("readyReplicas", 0))
    if ready < wanted:
        return _missing(f"{ready} of {wanted} pods are ready")
    strategy = (_spec(live).get("updateStrategy") or {}).get("type", "RollingUpdate")
    updated = int(_status(live).get("updatedReplicas", 0))
    if strategy == "RollingUpdate" and updated < wanted and _status(live).get("updateRevision"):
        return _missing(f"{updated} of {wanted} pods are of the new version")
    return _READY


def _daemon_set(live: Manifest) -> Readiness:
    if not _is_observed(live):
        return _missing("the controller has not seen it yet")
    wanted = int(_status(live).get("desiredNumberScheduled", 0))
    updated = int(_status(live).get("updatedNumberScheduled", 0))
    ready = int(_status(live).get("numberReady", 0))
    if updated < wanted:
        return _missing(f"{updated} of {wanted} pods are of the new version")
    return _READY if ready >= wanted else _missing(f"{ready} of {wanted} pods are ready")


def _pod(live: Manifest) -> Readiness:
    phase = _status(live).get("phase")
    if phase == "Succeeded" or _is_true(live, "Ready"):
        return _READY
    return _missing(f"its phase is {phase}", failed=phase == "Failed")


def _job(live: Manifest) -> Readiness:
    failure = _condition(live, "Failed")
    if failure.get("status") == "True":
        return _missing(f"it failed: {failure.get('message') or failure.get('reason')}", failed=True)
    if _is_true(live, "Complete") or _spec(live).get("suspend"):
        return _READY
    status = _status(live)
    return _missing(f"{status.get('succeeded', 0)} of {_spec(live).get('completions', 1)} pods have succeeded")


def _claim(live: Manifest) -> Readiness:
    phase = _status(live).get("phase")
    if phase == "Lost":
        return _missing("its volume is lost", failed=True)
    storage_class = _spec(live).get("storageClassName") or "the default one"
    return _READY if phase == "Bound" else _missing(f"it is not bound to a volume (storage class: {storage_class})")


def _service(live: Manifest) -> Readiness:
    if _spec(live).get("type") != "LoadBalancer":
        return _READY
    addresses = (_status(live).get("loadBalancer") or {}).get("ingress")
    return _READY if addresses else _missing("its load balancer has no address yet")


def _custom_resource_definition(live: Manifest) -> Readiness:
    refused = _condition(live, "NamesAccepted")
    if refused.get("status") == "False":
        return _missing(f"its names are refused: {refused.get('message')}", failed=True)
    return _READY if _is_true(live, "Established") else _missing("it is not established yet")


_JUDGES: Mapping[str, Callable[[Manifest], Readiness]] = {
    "CustomResourceDefinition": _custom_resource_definition,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Job": _job,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Service": _service,
    "StatefulSet": _stateful_set,
}
