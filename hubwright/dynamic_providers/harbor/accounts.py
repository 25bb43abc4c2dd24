"""Robots, and users with a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubwright.adapters.harbor import HarborClient
from hubwright.core.errors import ApiError, ResourceError
from hubwright.dynamic_providers.harbor.kind import OURS, HarborKind, Properties, lost_or_taken


class Robot(HarborKind):
    """A robot account of one project. Its secret is known only to the run that made it, and to the state."""

    fixed = frozenset({"project", "name"})
    outputs = ("full_name", "secret")

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make it. One of ours whose secret was lost with an interrupted run gets a new one."""
        try:
            made = harbor.post("/robots", _robot_body(wanted))
            return str(made.body["id"]), _robot_outputs(made.body)
        except ApiError as error:
            if not lost_or_taken(error.status):
                raise
            found = self._find(harbor, wanted)
            if found is None:
                raise
            if found.get("description") != OURS:
                raise ResourceError(
                    f"the Harbor robot {found['name']} is there already and is not ours",
                    hint="delete it in Harbor, or choose another name",
                ) from error
        number = str(found["id"])
        self._set(harbor, found, wanted)
        secret = harbor.patch(f"/robots/{number}", {"secret": ""})["secret"]
        return number, _robot_outputs({**found, "secret": secret})

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """Everything but the secret."""
        found = harbor.get(f"/robots/{id}")
        if found is None:
            return None
        actions = sorted(f"{access['resource']}:{access['action']}" for access in found["permissions"][0]["access"])
        return {"full_name": found["name"], "rights": actions, "project": found["permissions"][0]["namespace"]}

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Set its rights; the secret stays."""
        found = harbor.get(f"/robots/{id}")
        if found is None:
            raise ResourceError(f"the Harbor robot {known['full_name']} is gone", hint="run with --refresh")
        self._set(harbor, found, wanted)
        return {"full_name": known["full_name"], "secret": known["secret"]}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove it."""
        harbor.delete(f"/robots/{id}")

    def _set(self, harbor: HarborClient, found: Mapping[str, Any], wanted: Properties) -> None:
        # Harbor wants the full name here, and the short one on creation.
        harbor.put(f"/robots/{found['id']}", {**found, **_robot_body(wanted), "name": found["name"]})

    def _find(self, harbor: HarborClient, wanted: Properties) -> Any:
        project = harbor.get(f"/projects/{wanted['project']}")
        if project is None:
            return None
        query = f"Level=project,ProjectID={project['project_id']}"
        ending = f"{wanted['project']}+{wanted['name']}"
        return next((robot for robot in harbor.items("/robots", q=query) if robot["name"].endswith(ending)), None)


class Member(HarborKind):
    """A user of Harbor with one role in one project."""

    fixed = frozenset({"project_id", "username", "email"})

    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make the user, or take over the one of that name; then the role."""
        user = self._find(harbor, wanted["username"])
        if user is None:
            names = {name: wanted[name] for name in ("username", "email", "password")}
            user_id = harbor.post("/users", {**names, "realname": wanted["username"], "comment": OURS}).id
        elif user.get("comment") != OURS:
            raise ResourceError(
                f"the Harbor user {wanted['username']} is there already and is not ours",
                hint="delete it in Harbor, or choose another name",
            )
        else:
            user_id = str(user["user_id"])
            self._set_password(harbor, user_id, wanted["password"])
        self._set_role(harbor, wanted)
        return user_id, {}

    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """User and role; a user without the role counts as gone."""
        member = self._member(harbor, known) if harbor.get(f"/users/{id}") else None
        return None if member is None else {"role_id": member["role_id"]}

    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Set role and password."""
        if wanted["password"] != known.get("password"):
            self._set_password(harbor, id, wanted["password"])
        self._set_role(harbor, wanted)
        return {}

    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove the user; the role goes with it."""
        harbor.delete(f"/users/{id}")

    def _find(self, harbor: HarborClient, name: str) -> Any:
        return next((user for user in harbor.items("/users", q=f"username={name}") if user["username"] == name), None)

    def _member(self, harbor: HarborClient, wanted: Properties) -> Any:
        members = harbor.items(f"/projects/{int(wanted['project_id'])}/members")
        return next((member for member in members if member["entity_name"] == wanted["username"]), None)

    def _set_role(self, harbor: HarborClient, wanted: Properties) -> None:
        path = f"/projects/{int(wanted['project_id'])}/members"
        member = self._member(harbor, wanted)
        if member is None:
            harbor.post(path, {"role_id": wanted["role_id"], "member_user": {"username": wanted["username"]}})
        elif member["role_id"] != wanted["role_id"]:
            harbor.put(f"{path}/{member['id']}", {"role_id": wanted["role_id"]})

    def _set_password(self, harbor: HarborClient, user_id: str, password: str) -> None:
        try:
            harbor.put(f"/users/{user_id}/password", {"new_password": password})
        except ApiError as error:
            # Harbor refuses the password that the user already has.
            if error.status != 400 or "same" not in error.message:
                raise


def _robot_body(wanted: Mapping[str, Any]) -> Properties:
    access = [dict(zip(("resource", "action"), right.split(":"), strict=True)) for right in wanted["rights"]]
    return {
        "name": wanted["name"],
        "level": "project",
        "duration": -1,
        "disable": False,
        "description": OURS,
        "permissions": [{"kind": "project", "namespace": wanted["project"], "access": access}],
    }


def _robot_outputs(robot: Mapping[str, Any]) -> Properties:
    return {"full_name": robot["name"], "secret": robot["secret"]}
