"""HTTP side of the auth service."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.auth.models import AuthBackend, describe_rules
from hubwright.sandbox.ovh.core.routing import Call, Credential


class AccessRule(BaseModel):
    """One wanted right."""

    method: str
    path: str


class CredentialRequest(BaseModel):
    """Body of POST /auth/credential."""

    accessRules: list[AccessRule] = Field(min_length=1)  # noqa: N815 the API's own spelling
    redirection: str | None = None
    allowedIPs: list[str] | None = None  # noqa: N815


class AuthResponses:
    """Handlers of /auth."""

    def __init__(self, backend: AuthBackend) -> None:
        self._backend = backend

    def time(self, call: Call) -> int:
        """Server time, a bare integer."""
        return self._backend.time()

    def details(self, call: Call) -> dict[str, Any]:
        """Who am I, as the providers ask at configure time."""
        return {
            "account": "hubwright-sandbox",
            "allowedRoutes": describe_rules(_credential(call)),
            "description": "loopback sandbox",
            "identities": [],
            "method": "account",
            "roles": [],
            "user": "",
        }

    def current_credential(self, call: Call) -> dict[str, Any]:
        """The credential in use."""
        credential = _credential(call)
        return {
            "ovhSupport": False,
            "status": "validated",
            "applicationId": credential.application_id,
            "credentialId": credential.id,
            "rules": describe_rules(credential),
            "expiration": None,
            "lastUse": None,
            "creation": "2026-01-01T00:00:00Z",
        }

    def ask_credential(self, call: Call) -> dict[str, Any]:
        """Hand out a consumer key that waits for validation."""
        self._backend.check_application(call.application_key)
        wanted = call.read(CredentialRequest)
        key = self._backend.ask_credential([(rule.method, rule.path) for rule in wanted.accessRules])
        url = "http://127.0.0.1/_sandbox/credentials/validate"
        return {"state": "pendingValidation", "consumerKey": key, "validationUrl": url}


def _credential(call: Call) -> Credential:
    assert call.credential is not None  # signed routes only
    return call.credential
