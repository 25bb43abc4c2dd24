"""What may be granted to robots, and what a project's roles may do. Source: `GET /api/v2.0/permissions` of Harbor."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from hubwright.sandbox.registry.harbor.exceptions import BadRequestError

Level = Literal["system", "project"]

_CRUD: Final = ("create", "read", "update", "delete", "list")
PROJECT_ACTIONS: Final = {
    "artifact": ("create", "read", "delete", "list"),
    "artifact-addition": ("read",),
    "immutable-tag": ("create", "update", "delete", "list"),
    "log": ("list",),
    "member": _CRUD,
    "metadata": _CRUD,
    "project": ("read", "update", "delete"),
    "quota": ("read",),
    "repository": ("read", "update", "delete", "list", "pull", "push"),
    "robot": ("create", "read", "delete", "list"),
    "scan": ("create", "read", "stop"),
    "tag": ("create", "delete", "list"),
    "tag-retention": (*_CRUD, "operate"),
}
SYSTEM_ACTIONS: Final = {
    "audit-log": ("list",),
    "catalog": ("read",),
    "garbage-collection": ("create", "read", "update", "list", "stop"),
    "project": ("create", "list"),
    "quota": ("read", "update", "list"),
    "robot": ("create", "read", "delete", "list"),
    "system-volumes": ("read",),
    "user": _CRUD,
}
_TABLES: Final = {"project": PROJECT_ACTIONS, "system": SYSTEM_ACTIONS}


class Access(BaseModel):
    """One right, such as `repository` `push`."""

    model_config = ConfigDict(frozen=True)

    resource: str
    action: str


class Permission(BaseModel):
    """Rights in one project (`namespace`, `*` for all), or in the system (`/`)."""

    model_config = ConfigDict(frozen=True)

    kind: Level
    namespace: str = "/"
    access: tuple[Access, ...] = Field(min_length=1)

    def covers(self, kind: Level, project: str, wanted: Access) -> bool:
        """Tell whether it holds the wanted right there."""
        return self.kind == kind and self.namespace in (project, "*") and wanted in self.access


class Role(IntEnum):
    """What a member of a project is."""

    ADMIN = 1
    DEVELOPER = 2
    GUEST = 3
    MAINTAINER = 4
    LIMITED_GUEST = 5

    def may(self, wanted: Access) -> bool:
        """Tell whether the role holds a right in its project."""
        if self is Role.ADMIN:
            return True
        reading = wanted.action in ("read", "list", "pull")
        if self in (Role.GUEST, Role.LIMITED_GUEST):
            return reading and wanted.resource in ("repository", "artifact", "tag", "project", "quota")
        if self is Role.DEVELOPER:
            return reading or (wanted.resource, wanted.action) in _DEVELOPER_WRITES
        return wanted.resource not in ("member", "robot") and (wanted.resource, wanted.action) != ("project", "delete")


_DEVELOPER_WRITES: Final = frozenset({("repository", "push"), ("artifact", "create"), ("tag", "create")})


def check_permissions(permissions: tuple[Permission, ...]) -> None:
    """Refuse a right that does not exist. Raises BadRequestError, as Harbor words it."""
    for permission in permissions:
        table = _TABLES[permission.kind]
        for access in permission.access:
            if access.action not in table.get(access.resource, ()):
                raise BadRequestError(f"bad request permission: {access.resource}:{access.action}")


def listing() -> dict[str, list[dict[str, str]]]:
    """Return every right that a robot may get, by level."""
    return {
        level: [{"resource": name, "action": action} for name, actions in table.items() for action in actions]
        for level, table in _TABLES.items()
    }
