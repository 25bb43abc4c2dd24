"""Managed private registries (Harbor) and their users."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from hubwright.core.errors import ApiError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import boolean, integer, items, text
from hubwright.engine.providers.declared.resource import Change, Created, Timeouts
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.project import (
    OvhResource,
    present,
    project_path,
    refuse_empty,
    require,
    service_name,
)

_INSTALLING: Final = frozenset({"INSTALLING", "DELIVERING", "UNKNOWN"})
_CHANGING: Final = frozenset({"INSTALLING", "DELIVERING", "SCALING_UP", "UPDATING", "UNKNOWN"})
_READY: Final = frozenset({"READY"})
_PLAIN_OUTPUTS: Final = ("createdAt", "iamEnabled", "name", "region", "size", "status", "updatedAt", "url", "version")


class ContainerRegistry(OvhResource):
    """A Harbor of one's own.

    The official plugin takes a changed region or project for an update that then does nothing; here both replace.
    """

    type_name = "ovh:CloudProject/containerRegistry:ContainerRegistry"
    timeouts = Timeouts(create_s=3600, update_s=1800, delete_s=1800)
    fields = {
        "serviceName": service_name(),
        "region": text(required=True, force_new=True),
        "name": text(autoname=True, computed=True),
        "planId": text(computed=True),
        "createdAt": text(output_only=True),
        "iamEnabled": boolean(output_only=True),
        "plans": items(output_only=True),
        "projectId": text(output_only=True),
        "size": integer(output_only=True),
        "status": text(output_only=True),
        "updatedAt": text(output_only=True),
        "url": text(output_only=True),
        "version": text(output_only=True),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Order the registry."""
        body = present(inputs, ("name", "region"))
        if "planId" in inputs:
            body["planID"] = inputs["planId"]
        answer = self.api.post(project_path(inputs, "containerRegistry"), body)
        return Created(str(refuse_empty(answer, wait.subject)["id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the registry by its name and region."""
        wanted = (inputs.get("name"), inputs.get("region"))
        registries = self.api.get(project_path(inputs, "containerRegistry"))
        found = (str(live["id"]) for live in registries if (live["name"], live["region"]) == wanted)
        return next((candidate for candidate in found if candidate not in known_ids), None)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until Harbor is delivered."""
        path = project_path(inputs, "containerRegistry", id)
        wait.for_status(lambda: self.status(path), target=_READY, pending=_INSTALLING)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the registry and its plan."""
        properties = {**inputs, **outputs}
        live = self.find(project_path(properties, "containerRegistry", id))
        if live is None:
            return None
        plan = self.api.find(project_path(properties, "containerRegistry", id, "plan"))
        return {
            **present(live, _PLAIN_OUTPUTS),
            "serviceName": properties["serviceName"],
            "projectId": live.get("projectID"),
            "planId": (plan or {}).get("id"),
            "plans": [registry_plan(plan)] if plan else [],
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Rename it and move it to another plan, as far as it is not there yet."""
        new, path = change.new_inputs, project_path(change.new_inputs, "containerRegistry", id)
        wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING)
        live = self.read(id, new, change.old_outputs) or {}
        if "name" in new and new["name"] != live.get("name"):
            self.api.put(path, {"name": new["name"]})
        if "planId" in new and new["planId"] != live.get("planId"):
            self.api.put(f"{path}/plan", {"planID": new["planId"]})
            wait.for_status(lambda: self.status(path), target=_READY, pending=_CHANGING)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the registry with its images."""
        self.delete_and_wait(project_path(properties, "containerRegistry", id), wait)


class ContainerRegistryUser(OvhResource):
    """A Harbor user. Its password is told once, by the creating call, and lives on in the state only."""

    type_name = "ovh:CloudProject/containerRegistryUser:ContainerRegistryUser"
    fields = {
        "serviceName": service_name(),
        "registryId": text(required=True, force_new=True),
        "email": text(required=True, force_new=True),
        "login": text(required=True, force_new=True),
        "password": text(output_only=True, secret=True),
        "user": text(output_only=True),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Make the user and keep its password."""
        answer = self.api.post(_users_path(inputs), present(inputs, ("email", "login")))
        user = refuse_empty(answer, wait.subject)
        if not user.get("password"):
            raise ApiError(f"{wait.subject}: the OVH API answered without a password")
        return Created(str(user["id"]), {"password": user["password"]})

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Remove the user, so that it can be made again: its password was in the answer that was lost."""
        for user in self.api.find(_users_path(inputs)) or []:
            if user.get("user") == inputs.get("login") and str(user["id"]) not in known_ids:
                self.api.delete(f"{_users_path(inputs)}/{user['id']}")
        return None

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Find the user in the list; the password is the state's."""
        properties = {**inputs, **outputs}
        users = self.api.find(_users_path(properties)) or []
        live = next((user for user in users if str(user["id"]) == id), None)
        if live is None:
            return None
        return {
            **present(properties, ("serviceName", "registryId", "password")),
            "email": live.get("email", properties.get("email")),
            "login": properties.get("login", live.get("user")),
            "user": live.get("user"),
        }

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the user."""
        del wait
        self.api.delete(project_path(properties, "containerRegistry", require(properties, "registryId"), "users", id))


def _users_path(properties: PropertyMap) -> str:
    return project_path(properties, "containerRegistry", require(properties, "registryId"), "users")


def registry_plan(plan: dict[str, Any]) -> PropertyMap:
    """Return a plan in the official plugin's shape, where single objects are lists of one."""
    return {
        **present(plan, ("code", "createdAt", "id", "name", "updatedAt")),
        "features": [present(plan.get("features") or {}, ("vulnerability",))],
        "registryLimits": [present(plan.get("registryLimits") or {}, ("imageStorage", "parallelRequest"))],
    }
