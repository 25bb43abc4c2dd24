"""Errors of the gateway service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, NotFoundError


class GatewayNotFoundError(NotFoundError):
    """No such gateway in the region."""

    def __init__(self, gateway_id: str) -> None:
        super().__init__(f"Gateway {gateway_id} not found")


class OperationNotFoundError(NotFoundError):
    """No such operation in the project."""

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"Operation {operation_id} not found")


class InvalidUuidError(BadRequestError):
    """A path names a network by ``pn-…`` where the region's OpenStack UUID belongs."""

    def __init__(self, value: str) -> None:
        super().__init__(f"invalid: invalid uuid '{value}': invalid UUID length: {len(value)}")


class UnknownSubnetError(NotFoundError):
    """The network or subnet does not exist."""

    def __init__(self, value: str) -> None:
        super().__init__(f"Network or subnet {value} not found")
