"""Application keys, consumer keys and bearer tokens; checks of signatures against them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from pydantic import Field

from hubwright.sandbox.ovh.auth.exceptions import (
    InvalidCredentialError,
    InvalidKeyError,
    InvalidSignatureError,
    NotCredentialError,
    NotGrantedCallError,
    QueryTimeOutError,
)
from hubwright.sandbox.ovh.core.platform import Platform, new_password
from hubwright.sandbox.ovh.core.routing import Credential
from hubwright.sandbox.ovh.core.store import Entity

MAX_SKEW_S = 300
"""OVH publishes no figure; eight minutes are known to be refused."""

_EVERY_RULE = tuple((method, "/*") for method in ("GET", "POST", "PUT", "DELETE"))


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The sandbox's own application, with a consumer key that may do anything."""

    application_key: str
    application_secret: str = ""
    consumer_key: str = ""
    bearer_token: str = ""

    def __repr__(self) -> str:
        return f"ApiKeys(application_key={self.application_key!r})"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers: the URL exactly as the client wrote it, the exact bytes of the body."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    """Lower-case names."""


class ConsumerKey(Entity):
    """A credential asked for by POST /auth/credential."""

    id: int
    state: str = "pendingValidation"
    rules: list[tuple[str, str]] = Field(default_factory=list)
    created_at: datetime


class AuthBackend:
    """Knows the keys and decides who calls."""

    def __init__(self, platform: Platform, keys: ApiKeys) -> None:
        self._platform = platform
        self._keys = keys
        # Keyed by digest, so that no usable consumer key is in the snapshot.
        self._asked = platform.store.table("consumer_keys", ConsumerKey)

    def time(self) -> int:
        """Return the server's clock in seconds."""
        return int(self._platform.schedule.now().timestamp())

    def authenticate(self, request: SignedRequest, path: str) -> Credential:
        """Return the caller's credential. Raises the auth layer's errors."""
        token = request.headers.get("authorization", "")
        if token.startswith("Bearer "):
            return self._check_token(token.removeprefix("Bearer "))
        self.check_application(request.headers.get("x-ovh-application", ""))
        credential = self._find(request.headers.get("x-ovh-consumer", ""))
        self._check_timestamp(request.headers.get("x-ovh-timestamp", ""))
        self._check_signature(request)
        if not any(method == request.method and fnmatchcase(path, rule) for method, rule in credential.rules):
            raise NotGrantedCallError
        return credential

    def check_application(self, key: str) -> None:
        """Raise InvalidKeyError unless this is the sandbox's application."""
        if not hmac.compare_digest(key.encode(), self._keys.application_key.encode()):
            raise InvalidKeyError

    def ask_credential(self, rules: list[tuple[str, str]]) -> str:
        """Create a consumer key that waits for its validation, and return it."""
        key = new_password()
        row = ConsumerKey(id=len(self._asked.all()) + 2, rules=rules, created_at=self._platform.schedule.now())
        self._asked.put(_digest(key), row)
        return key

    def validate_credential(self, consumer_key: str) -> None:
        """Do what a customer does in the browser: accept the credential. Raises NotCredentialError."""
        if self._asked.change(_digest(consumer_key), state="validated") is None:
            raise NotCredentialError

    def _check_token(self, token: str) -> Credential:
        if not hmac.compare_digest(token.encode(), self._keys.bearer_token.encode()):
            raise NotCredentialError
        return Credential(1, 1, _EVERY_RULE)

    def _find(self, consumer_key: str) -> Credential:
        if hmac.compare_digest(consumer_key.encode(), self._keys.consumer_key.encode()):
            return Credential(1, 1, _EVERY_RULE)
        row = self._asked.get(_digest(consumer_key))
        if row is None:
            raise NotCredentialError
        if row.state != "validated":
            raise InvalidCredentialError
        return Credential(row.id, 1, tuple(row.rules))

    def _check_timestamp(self, text: str) -> None:
        if not text.isdecimal() or abs(int(text) - self.time()) > MAX_SKEW_S:
            raise QueryTimeOutError

    def _check_signature(self, request: SignedRequest) -> None:
        # HTTP servers drop a bare trailing "?", which go-ovh signs: both spellings of such a URL are the same request.
        urls = [request.url] if "?" in request.url else [request.url, f"{request.url}?"]
        given = request.headers.get("x-ovh-signature", "").encode()
        secret = self._keys.application_secret
        if not any(hmac.compare_digest(given, sign(request, secret, url).encode()) for url in urls):
            raise InvalidSignatureError


def sign(request: SignedRequest, application_secret: str, url: str | None = None) -> str:
    """Return the signature ``$1$`` + SHA-1 over secret, consumer key, method, URL, body and timestamp."""
    head = [application_secret, request.headers.get("x-ovh-consumer", ""), request.method, url or request.url]
    covered = b"+".join(
        [*(part.encode() for part in head), request.body, request.headers.get("x-ovh-timestamp", "").encode()]
    )
    return "$1$" + hashlib.sha1(covered, usedforsecurity=False).hexdigest()


def describe_rules(credential: Credential) -> list[dict[str, Any]]:
    """Return the rules as the API shows them."""
    return [{"method": method, "path": path} for method, path in credential.rules]


def _digest(consumer_key: str) -> str:
    return hashlib.sha256(consumer_key.encode()).hexdigest()
