"""The error answers of the OVH API.

These are part of the emulated surface, not failures of hubwright, so they stand outside `hubwright.core.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class OvhError(Exception):
    """An error answer: the HTTP status, `class` and `message` as OVH words them; `details` maps strings to strings."""

    def __init__(self, status: int, error_class: str, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_class = error_class
        self.message = message
        self.details = dict(details or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON body; `details` only when there are some (go-ovh wants a map of strings)."""
        body: dict[str, Any] = {"class": self.error_class, "message": self.message}
        return {**body, "details": self.details} if self.details else body


class BadRequestError(OvhError):
    """A parameter is missing, malformed or refused."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "Client::BadRequest", message)


class NotFoundError(OvhError):
    """No such object or route."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, "Client::NotFound", message)


class ConflictError(OvhError):
    """The request contradicts the present state."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.CONFLICT, "Client::Conflict", message)


class UnknownRouteError(NotFoundError):
    """No service answers this method and path."""

    def __init__(self) -> None:
        super().__init__("Got an invalid (or empty) URL")


class AuthLayerError(OvhError):
    """An answer of the layer before the services: `errorCode` and `httpCode` instead of `class`."""

    def __init__(self, status: HTTPStatus, error_code: str, message: str) -> None:
        super().__init__(status, error_code, message)

    def body(self) -> dict[str, Any]:
        """Return the auth layer's body."""
        status = HTTPStatus(self.status)
        return {"errorCode": self.error_class, "httpCode": f"{status.value} {status.phrase}", "message": self.message}
