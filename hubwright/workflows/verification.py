"""Proof after an update: the pods as the cluster sees them, the records as the DNS server answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubwright.adapters.dns import query_a_records
from hubwright.adapters.kubernetes import connect_kubernetes


@dataclass(frozen=True, slots=True)
class ReadyPods:
    """How many pods there are, how many are ready, and the names of those that are not."""

    total: int
    ready: int
    waiting: tuple[str, ...]


def count_ready_pods(kubeconfig: str) -> ReadyPods:
    """Count the pods of all namespaces; a pod that has completed its work counts as ready."""
    with connect_kubernetes(kubeconfig) as cluster:
        pods = cluster.list("v1", "Pod")
    waiting = tuple(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}" for pod in pods if not _is_ready(pod))
    return ReadyPods(len(pods), len(pods) - len(waiting), waiting)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded":
        return True
    return any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", ()))


def resolve_records(outputs: Mapping[str, Any], dns_address: str) -> dict[str, list[str]]:
    """Return what the DNS server at `dns_address` answers for each host that the stack exports in `dns_records`."""
    return {name: query_a_records(name, dns_address) for name in outputs.get("dns_records") or ()}
