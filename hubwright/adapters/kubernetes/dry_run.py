"""Asks an API server what it would make of an object: admission, defaults and validation run, nothing is kept.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hubwright.adapters.kubernetes.client import KubernetesClient
from hubwright.core.errors import ApiError, AuthenticationError, QuotaError

FIELD_MANAGER = "helm"
"""Whose fields they are: those of a release are Helm's."""

_NO_ANSWER = frozenset({429, 502, 503, 504})
"""Not about the object. A 500 is: the server's word for a quantity that it cannot read."""

_BOOKKEEPING = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp")


class Outcome(StrEnum):
    """What would happen to an object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DENIED = "denied"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class DryRunResult:
    """What the API server says of one object; `message` says why when it is denied or cannot be checked."""

    outcome: Outcome
    message: str = ""


def dry_run(cluster: KubernetesClient, manifest: Mapping[str, Any], namespace: str | None) -> DryRunResult:
    """Apply an object without keeping it.

    As with kubectl, what needs a namespace or a kind that is not there yet cannot be checked, and is not denied. Raises
    ApiError when the server does not answer, AuthenticationError when it refuses the credentials.
    """
    metadata = manifest["metadata"]
    placed = {**manifest, "metadata": {**metadata, "namespace": namespace}} if namespace else dict(manifest)
    api_version, kind = str(manifest["apiVersion"]), str(manifest["kind"])
    try:
        cluster.find_kind(api_version, kind)
    except ApiError as error:
        if error.status != 404:
            raise
        return DryRunResult(Outcome.UNCHECKED, f"{error.message}; {error.hint}")
    try:
        live = cluster.get(api_version, kind, str(metadata["name"]), namespace)
        made = cluster.apply(placed, field_manager=FIELD_MANAGER, force=True, dry_run=True)
    except ApiError as error:
        if error.status is None or error.status in _NO_ANSWER:
            raise
        if error.status == 404 and f'namespaces "{namespace}" not found' in error.message:
            return DryRunResult(Outcome.UNCHECKED, f"the namespace {namespace} does not exist yet")
        return DryRunResult(Outcome.DENIED, error.message)
    except QuotaError as error:
        return DryRunResult(Outcome.DENIED, error.message)
    except AuthenticationError as error:
        if "refuses the kubeconfig" in error.message:
            raise
        return DryRunResult(Outcome.DENIED, error.message)
    if live is None:
        return DryRunResult(Outcome.CREATED)
    return DryRunResult(Outcome.UNCHANGED if _content(live) == _content(made) else Outcome.CONFIGURED)


def _content(live: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what the server keeps of its own about it."""
    metadata = {key: value for key, value in live.get("metadata", {}).items() if key not in _BOOKKEEPING}
    return {**{key: value for key, value in live.items() if key not in ("status", "metadata")}, "metadata": metadata}
