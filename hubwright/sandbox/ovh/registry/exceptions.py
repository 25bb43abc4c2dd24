"""Errors of the managed private registry service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError


class RegistryNotFoundError(NotFoundError):
    """No such registry in the project."""

    def __init__(self, registry_id: str) -> None:
        super().__init__(f"Registry {registry_id} not found")


class UserNotFoundError(NotFoundError):
    """No such user in the registry."""

    def __init__(self, user_id: str) -> None:
        super().__init__(f"User {user_id} not found")


class UnknownPlanError(BadRequestError):
    """The plan is not on offer in the region."""

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"Plan {plan_id} is not available")


class UnknownRegistryRegionError(BadRequestError):
    """Registries have regions of their own: GRA, not GRA9."""

    def __init__(self, region: str) -> None:
        super().__init__(f"Region {region} is not available for container registries")


class PlanDowngradeError(BadRequestError):
    """Plans only go up."""

    def __init__(self) -> None:
        super().__init__("Downgrading the plan of a registry is not possible")


class DuplicateRegistryError(ConflictError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A registry named {name} already exists in this project")


class DuplicateUserError(ConflictError):
    """The login is taken."""

    def __init__(self, login: str) -> None:
        super().__init__(f"User {login} already exists")


class RegistryBusyError(ConflictError):
    """The registry is not READY."""

    def __init__(self, registry_id: str, status: str) -> None:
        super().__init__(f"Registry {registry_id} is not ready: its status is {status}")
