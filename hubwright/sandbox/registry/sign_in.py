"""Who sends a request, by basic authentication or by a token of ours; the same for Docker's routes and the API's."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from hubwright.sandbox.registry.harbor.accounts import Identity
from hubwright.sandbox.registry.harbor.service import Harbor
from hubwright.sandbox.registry.scopes import Scope
from hubwright.sandbox.registry.tokens import TokenIssuer


class BadCredentialsError(Exception):
    """The Authorization header is no login that exists."""


class SignIn:
    """Checks passwords and hands out tokens."""

    def __init__(self, harbor: Harbor, issuer: TokenIssuer) -> None:
        self._harbor = harbor
        self._issuer = issuer

    async def identify(self, request: Request) -> Identity | None:
        """Return who signs in with basic authentication, None without a header. Raises BadCredentialsError."""
        header = request.headers.get("authorization")
        if header is None:
            return None
        kind, _, encoded = header.partition(" ")
        try:
            login, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError as error:
            raise BadCredentialsError from error
        # The hash is slow on purpose: not on the event loop.
        identity = await run_in_threadpool(self._harbor.accounts.authenticate, login, password)
        if kind.lower() != "basic" or identity is None:
            raise BadCredentialsError
        return identity

    def issue(self, identity: Identity | None, scopes: Sequence[Scope]) -> dict[str, Any]:
        """Return the token service's answer: what is granted of the scopes."""
        access = [
            {
                "type": scope.type,
                "name": scope.name,
                "actions": list(self._harbor.grant(identity, scope.type, scope.name, scope.actions)),
            }
            for scope in scopes
        ]
        return self._issuer.issue(identity.name if identity else "", access)

    def covers(self, authorization: str, scopes: Sequence[Scope]) -> bool:
        """Tell whether a bearer token of ours holds every one of the scopes."""
        granted: dict[tuple[str, str], set[str]] = {}
        for access in self._issuer.read(authorization.partition(" ")[2]):
            granted.setdefault((access["type"], access["name"]), set()).update(access["actions"])
        return all(set(scope.actions) <= granted.get((scope.type, scope.name), set()) for scope in scopes)
