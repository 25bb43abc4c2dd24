"""Routes of the auth service."""

from __future__ import annotations

from hubwright.sandbox.ovh.auth.responses import AuthResponses
from hubwright.sandbox.ovh.core.routing import Route


def routes(responses: AuthResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", "/auth/time", responses.time, signed=False),
        Route("GET", "/auth/details", responses.details),
        Route("GET", "/auth/currentCredential", responses.current_credential),
        Route("POST", "/auth/credential", responses.ask_credential, signed=False),
    ]
