"""HTTP side of the managed private registry service."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.registry.models import PLANS, RegistryRequest, RegistryService


class RenameRequest(BaseModel):
    """Body of a rename."""

    name: str = Field(min_length=1)


class PlanRequest(BaseModel):
    """Body of a change of plan."""

    planID: str  # noqa: N815 the API's own spelling


class UserRequest(BaseModel):
    """Body of a new user."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    login: str = Field(min_length=1, pattern=r"^[^\s:,\"~#%$]+$")


class RegistryResponses:
    """Handlers of /cloud/project/…/containerRegistry."""

    def __init__(self, service: RegistryService) -> None:
        self._service = service

    def capabilities(self, call: Call) -> list[dict[str, Any]]:
        """Regions and their plans."""
        plans = [plan.wire() for plan in PLANS]
        return [{"regionName": name, "regionType": "REGION-1-AZ", "plans": plans} for name in self._service.regions]

    def list_registries(self, call: Call) -> list[dict[str, Any]]:
        """Whole objects."""
        return [registry.wire() for registry in self._service.all()]

    def create(self, call: Call) -> dict[str, Any]:
        """Accept a creation."""
        return self._service.create(call.read(RegistryRequest)).wire()

    def get(self, call: Call) -> dict[str, Any]:
        """One registry."""
        return self._service.get(call.params["registry_id"]).wire()

    def rename(self, call: Call) -> None:
        """Change the display name."""
        self._service.rename(call.params["registry_id"], call.read(RenameRequest).name)

    def delete(self, call: Call) -> None:
        """Accept a deletion."""
        self._service.delete(call.params["registry_id"])

    def get_plan(self, call: Call) -> dict[str, Any]:
        """The plan in force."""
        return self._service.plan(call.params["registry_id"]).wire()

    def list_higher_plans(self, call: Call) -> list[dict[str, Any]]:
        """Plans to move to."""
        return [plan.wire() for plan in self._service.higher_plans(call.params["registry_id"])]

    def change_plan(self, call: Call) -> None:
        """Move to a larger plan."""
        self._service.change_plan(call.params["registry_id"], call.read(PlanRequest).planID)

    def list_users(self, call: Call) -> list[dict[str, Any]]:
        """Users, without passwords."""
        return [user.wire() for user in self._service.users(call.params["registry_id"])]

    def add_user(self, call: Call) -> dict[str, Any]:
        """Create a user; the only answer that has the password."""
        wanted = call.read(UserRequest)
        user, password = self._service.add_user(call.params["registry_id"], wanted.login, wanted.email)
        return {**user.wire(), "password": password}

    def remove_user(self, call: Call) -> None:
        """Remove a user."""
        self._service.remove_user(call.params["registry_id"], call.params["user_id"])

    def set_admin(self, call: Call) -> None:
        """Make a user administrator."""
        self._service.set_admin(call.params["registry_id"], call.params["user_id"])
