"""Handlers of users and robots."""

from __future__ import annotations

from pydantic import BaseModel

from hubwright.sandbox.registry.harbor.accounts import Accounts, Identity, Robot, RobotRequest, User, UserRequest
from hubwright.sandbox.registry.harbor.calls import Call, Reply, created
from hubwright.sandbox.registry.harbor.exceptions import ForbiddenError, NotFoundError
from hubwright.sandbox.registry.harbor.permissions import Access, listing
from hubwright.sandbox.registry.harbor.service import Harbor


class AdminRequest(BaseModel):
    """Body of a promotion."""

    sysadmin_flag: bool


class PasswordRequest(BaseModel):
    """Body of a new password."""

    new_password: str
    old_password: str = ""


class SecretRequest(BaseModel):
    """Body of a robot's new secret; empty asks for one."""

    secret: str = ""


class AccountResponses:
    """Handlers of /users, /robots and /permissions."""

    def __init__(self, harbor: Harbor) -> None:
        self._harbor = harbor
        self._accounts: Accounts = harbor.accounts

    def list_users(self, call: Call) -> Reply:
        """All users; `username` in `q` filters."""
        self._accounts.require(call.identity, Access(resource="user", action="list"))
        wanted = call.filters().get("username")
        return call.page([user.wire() for user in self._accounts.users() if wanted in (None, user.username)])

    def create_user(self, call: Call) -> Reply:
        """Add a user."""
        self._accounts.require(call.identity, Access(resource="user", action="create"))
        return created(f"users/{self._accounts.create_user(call.read(UserRequest)).user_id}")

    def current_user(self, call: Call) -> Reply:
        """Who calls."""
        user = self._accounts.find_user(call.identity.name)
        if user is None:
            raise NotFoundError(f"user {call.identity.name} not found")
        return Reply(body=user.wire())

    def get_user(self, call: Call) -> Reply:
        """One user."""
        return Reply(body=self._user(call, "read").wire())

    def delete_user(self, call: Call) -> Reply:
        """Remove a user."""
        self._accounts.delete_user(self._user(call, "delete").user_id)
        return Reply()

    def set_admin(self, call: Call) -> Reply:
        """Promote or demote."""
        if not call.identity.admin:
            raise ForbiddenError
        self._accounts.set_admin(call.number("user"), admin=call.read(AdminRequest).sysadmin_flag)
        return Reply()

    def set_password(self, call: Call) -> Reply:
        """Change the password, one's own with the old one."""
        user, request = self._user(call, "update"), call.read(PasswordRequest)
        if not call.identity.admin and self._accounts.authenticate(user.username, request.old_password) is None:
            raise ForbiddenError("old_password is not correct")
        self._accounts.set_password(user.user_id, request.new_password)
        return Reply()

    def list_robots(self, call: Call) -> Reply:
        """Those of the system, or with ``q=Level=project,ProjectID=N`` those of a project; `name` filters."""
        filters = call.filters()
        project_id = int(filters["projectid"]) if filters.get("level") == "project" and "projectid" in filters else None
        self._require_robot(call.identity, "list", project_id)
        name = filters.get("name")
        robots = self._accounts.robots(project_id)
        return call.page([robot.wire() for robot in robots if name is None or _named(robot, name)])

    def create_robot(self, call: Call) -> Reply:
        """Add a robot; the only answer that has its secret."""
        request = call.read(RobotRequest)
        namespace = request.permissions[0].namespace
        project = self._harbor.projects.get(namespace) if request.level == "project" else None
        self._require_robot(call.identity, "create", project.project_id if project else None)
        robot, secret = self._accounts.create_robot(request, call.identity)
        wire = {name: robot.wire()[name] for name in ("id", "name", "creation_time", "expires_at")}
        return created(f"robots/{robot.id}", {**wire, "secret": secret})

    def get_robot(self, call: Call) -> Reply:
        """One robot, without its secret."""
        return Reply(body=self._robot(call, "read").wire())

    def update_robot(self, call: Call) -> Reply:
        """Change everything but name and level."""
        robot = self._robot(call, "create")
        self._accounts.update_robot(robot.id, call.read(RobotRequest), call.identity)
        return Reply()

    def set_secret(self, call: Call) -> Reply:
        """Set or renew the secret."""
        robot = self._robot(call, "create")
        return Reply(body={"secret": self._accounts.set_secret(robot.id, call.read(SecretRequest).secret)})

    def delete_robot(self, call: Call) -> Reply:
        """Remove a robot."""
        self._accounts.delete_robot(self._robot(call, "delete").id)
        return Reply()

    def permissions(self, call: Call) -> Reply:
        """Every right that a robot may get."""
        _ = call.identity
        return Reply(body=listing())

    def _user(self, call: Call, action: str) -> User:
        user = self._accounts.user(call.number("user"))
        if call.identity.user_id != user.user_id:
            self._accounts.require(call.identity, Access(resource="user", action=action))
        return user

    def _robot(self, call: Call, action: str) -> Robot:
        identity = call.identity
        robot = self._accounts.robot(call.number("robot"))
        self._require_robot(identity, action, robot.project_id)
        return robot

    def _require_robot(self, identity: Identity, action: str, project_id: int | None) -> None:
        project = self._harbor.projects.get(project_id) if project_id is not None else None
        self._accounts.require(identity, Access(resource="robot", action=action), project)


def _named(robot: Robot, wanted: str) -> bool:
    return wanted.removeprefix("~") in robot.name if wanted.startswith("~") else wanted == robot.name
