"""The health gate, and projects with their quotas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hubwright.adapters.harbor import HarborClient
from hubwright.core.errors import ApiError, ResourceError
from hubwright.dynamic_providers.harbor.kind import CONFLICT, HarborKind, Properties, lost_or_taken

HEALTH_TIMEOUT_S: Final = 600.0
"""How long a new Harbor may take: OVHcloud reports READY minutes before it answers."""


class Health(HarborKind):
    """Nothing in Harbor: waits until it is healthy, so that everything else may depend on it."""

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Wait."""
        harbor.wait_until_healthy(wanted.get("timeout_s", HEALTH_TIMEOUT_S))
        return str(wanted["connection"]["url"]), {}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """It stays what it was: an unhealthy Harbor is not a lost one."""
        return {}

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Wait again."""
        harbor.wait_until_healthy(wanted.get("timeout_s", HEALTH_TIMEOUT_S))
        return {}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Nothing to remove."""


class Project(HarborKind):
    """A project with its quota. One that is there already is adopted, and left there when the stack goes."""

    fixed = frozenset({"name"})
    outputs = ("project_id", "adopted")

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make it, or adopt the one of that name and set it as wanted."""
        body = {
            "project_name": wanted["name"],
            "metadata": _project_metadata(wanted),
            "storage_limit": wanted["storage_limit_bytes"],
        }
        adopted = False
        try:
            harbor.post("/projects", body)
        except ApiError as error:
            if not lost_or_taken(error.status):
                raise
            adopted = error.status == CONFLICT
        found = harbor.get(f"/projects/{wanted['name']}")
        if found is None:
            raise ResourceError(f"the Harbor project {wanted['name']} was not made", hint="run the command again")
        number = str(found["project_id"])
        if adopted:
            self.update(harbor, number, wanted, {})
        return number, {"project_id": found["project_id"], "adopted": adopted}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """Project and quota."""
        found = harbor.get(f"/projects/{id}")
        if found is None:
            return None
        quota = self._quota(harbor, id)
        return {
            "name": found["name"],
            "public": found["metadata"].get("public") == "true",
            "storage_limit_bytes": quota["hard"]["storage"],
            "project_id": found["project_id"],
        }

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Set visibility and quota."""
        harbor.put(f"/projects/{id}", {"metadata": _project_metadata(wanted)})
        quota, limit = self._quota(harbor, id), wanted["storage_limit_bytes"]
        if quota["hard"]["storage"] != limit:
            harbor.put(f"/quotas/{quota['id']}", {"hard": {"storage": limit}})
        return {"project_id": int(id)}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove an empty project of ours."""
        if known.get("adopted"):
            return
        try:
            harbor.delete(f"/projects/{id}")
        except ApiError as error:
            if error.status != 412:
                raise
            raise ResourceError(
                f"the Harbor project {known['name']} still holds images, so that it cannot be deleted",
                hint="delete its repositories first, or `hubwright state delete` the project to leave it there",
            ) from error

    def _quota(self, harbor: HarborClient, id: str) -> Any:
        for quota in harbor.items("/quotas", reference="project", reference_id=id):
            return quota
        raise ResourceError(f"Harbor has no quota for project {id}", hint="the user must be an administrator of Harbor")


def _project_metadata(wanted: Mapping[str, Any]) -> dict[str, str]:
    return {"public": "true" if wanted["public"] else "false"}
