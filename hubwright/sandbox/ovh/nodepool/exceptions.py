"""Errors of the node pool service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError


class PoolNotFoundError(NotFoundError):
    """No such pool in the cluster."""

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"Nodepool {pool_id} not found")


class DuplicatePoolError(ConflictError):
    """The name is taken in this cluster."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A nodepool named {name} already exists in this cluster")


class PoolNameError(BadRequestError):
    """The name cannot be part of a node's name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nodepool name {name} is not valid: use lower case letters, digits and '-'")


class NodeCountError(BadRequestError):
    """The wanted count is outside its bounds."""

    def __init__(self, desired: int, minimum: int, maximum: int) -> None:
        super().__init__(f"desiredNodes {desired} must be between minNodes {minimum} and maxNodes {maximum}")


class ZonesMandatoryError(BadRequestError):
    """The list of zones was left out; an empty one is fine."""

    def __init__(self) -> None:
        super().__init__("availabilityZones is mandatory")
