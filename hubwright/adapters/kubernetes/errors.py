"""Turns what goes wrong on the way to an API server into hubwright's errors; no httpx2 error leaves this package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2

from hubwright.adapters.kubernetes.redaction import redact
from hubwright.core.errors import ApiError, AuthenticationError, HubwrightError, QuotaError

_MESSAGE_LIMIT = 600


class FieldConflictError(ApiError):
    """Server-side apply met fields that another manager owns; `managers` names them."""

    def __init__(self, message: str, *, managers: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, status=409, hint=hint)
        self.managers = managers


def connection_error(error: httpx2.HTTPError, *, what: str, server_url: str) -> ApiError:
    """Describe a request that got no answer."""
    if isinstance(error, httpx2.TimeoutException):
        return ApiError(f"{what}: {server_url} did not answer in time", hint="check the cluster and try again")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ApiError(
            f"{what}: the certificate of {server_url} is not signed by the kubeconfig's authority",
            hint="the cluster was made anew: take a fresh kubeconfig",
        )
    return ApiError(
        f"{what}: cannot connect to {server_url}",
        hint="check that the cluster runs and is reachable from here (sandbox: `hubwright sandbox status`)",
    )


def answer_error(response: httpx2.Response, *, what: str, manifest: Mapping[str, Any] | None = None) -> HubwrightError:
    """Describe an answer of 400 and above. `manifest` is what was sent: its secrets are masked in the message."""
    status = _status_object(response)
    message = redact(str(status.get("message") or response.reason_phrase), _secrets(manifest), limit=_MESSAGE_LIMIT)
    if response.status_code == 401:
        return AuthenticationError(
            f"{what}: the cluster refuses the kubeconfig's credentials", hint="take a fresh kubeconfig"
        )
    if response.status_code == 403:
        return _forbidden(what, message)
    if conflicts := _field_conflicts(status):
        return _conflict_error(what, conflicts)
    return ApiError(f"{what}: {message}", status=response.status_code)


def _secrets(manifest: Mapping[str, Any] | None) -> Any:
    if manifest and manifest.get("kind") == "Secret":
        return {"secret": [manifest.get("data"), manifest.get("stringData")]}
    return manifest


def _status_object(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and body.get("kind") == "Status" else {}


def _forbidden(what: str, message: str) -> HubwrightError:
    if "exceeded quota" in message:
        return QuotaError(f"{what}: {message}", hint="raise the namespace's ResourceQuota or ask for less")
    if "is forbidden: unable to create new content in namespace" in message:
        return ApiError(f"{what}: {message}", status=403, hint="wait until the namespace is gone, then run again")
    return AuthenticationError(f"{what}: {message}", hint="the kubeconfig's user lacks this right (RBAC)")


def _field_conflicts(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (field, manager) for each conflict of a server-side apply."""
    causes = (status.get("details") or {}).get("causes") or []
    return [
        (str(cause.get("field")), _quoted(str(cause.get("message"))))
        for cause in causes
        if cause.get("reason") == "FieldManagerConflict"
    ]


def _quoted(message: str) -> str:
    """``conflict with "kubectl" using apps/v1`` → ``kubectl``."""
    parts = message.split('"')
    return parts[1] if len(parts) > 2 else message


def _conflict_error(what: str, conflicts: list[tuple[str, str]]) -> FieldConflictError:
    fields = ", ".join(f"{field} (owned by {manager!r})" for field, manager in conflicts)
    return FieldConflictError(
        f"{what}: another field manager owns {fields}",
        managers=tuple(sorted({manager for _field, manager in conflicts})),
        hint='drop these fields from the program, or take them over with the annotation pulumi.com/patchForce: "true"',
    )
