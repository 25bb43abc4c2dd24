"""What the types of a public cloud project share: the service name, and how objects come and go."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any, Final

from hubwright.adapters.ovh import OvhApi, path_of
from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import Field, text
from hubwright.engine.providers.declared.resource import ResourceType
from hubwright.engine.providers.declared.waiting import Waiter

_GONE: Final = "DELETED"


def _service_name_from_environment() -> str | None:
    return os.environ.get("OVH_CLOUD_PROJECT_SERVICE") or None


def service_name(*, force_new: bool = True) -> Field:
    """The project's id, from OVH_CLOUD_PROJECT_SERVICE when the program does not say."""
    return text(required=True, force_new=force_new, default_from=_service_name_from_environment)


def project_path(properties: PropertyMap, *parts: str | int) -> str:
    """``/cloud/project/<service name>/…`` of the project that `properties` name; ResourceError when they do not."""
    return path_of("cloud", "project", require(properties, "serviceName"), *parts)


def require(properties: PropertyMap, key: str) -> str:
    """Return a property that an object's address needs; ResourceError when neither state nor inputs have it."""
    value = properties.get(key)
    if not value:
        raise ResourceError(
            f"{key} is not known, so the object cannot be addressed",
            hint="set it in the program, or OVH_CLOUD_PROJECT_SERVICE for serviceName",
        )
    return str(value)


def present(live: Mapping[str, Any], names: Collection[str]) -> PropertyMap:
    """Return the members of an answer that are outputs under the same name; nulls are left out."""
    return {name: live[name] for name in names if live.get(name) is not None}


def refuse_empty(answer: Any, subject: str) -> dict[str, Any]:
    """Return an answer that must be an object with an id; ApiError otherwise."""
    if not isinstance(answer, dict) or not answer.get("id"):
        raise ApiError(f"{subject}: the OVH API answered without an id")
    return answer


class OvhResource(ResourceType):
    """A type that lives at one path of the OVH API."""

    def __init__(self, api: OvhApi) -> None:
        self.api = api

    def find(self, path: str) -> dict[str, Any] | None:
        """Return the object at `path`, None when it is gone or going to be forgotten."""
        live = self.api.find(path)
        return None if live is None or live.get("status") == _GONE else dict(live)

    def status(self, path: str) -> str:
        """Return the status of the object at `path`; "UNKNOWN" just after its creation, before it can be seen."""
        live = self.api.find(path)
        return "UNKNOWN" if live is None else str(live["status"])

    def delete_and_wait(self, path: str, wait: Waiter) -> None:
        """DELETE the object and poll until it is gone; a status of error on the way ends the wait."""
        self.api.delete(path)

        def remaining() -> str | None:
            live = self.find(path)
            if live is None:
                return None
            status = str(live.get("status") or "DELETING")
            if "ERROR" in status:
                raise ResourceError(f"{wait.subject} went to status {status} while it was being deleted")
            return status

        wait.until_gone(remaining)
