"""Who signs in: users, and robots whose names begin with `robot$`. Passwords and secrets are kept as scrypt hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.exceptions import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from hubwright.sandbox.registry.harbor.permissions import Access, Level, Permission, check_permissions
from hubwright.sandbox.registry.harbor.projects import Project, Projects
from hubwright.sandbox.registry.harbor.rows import NAME_PATTERN, Base, Row, next_number

ROBOT_PREFIX: Final = "robot$"
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1}
_NEVER: Final = -1
_SECRET_LENGTH: Final = 32
_PASSWORD_RULE: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,128}")


class User(Row):
    """A person or a service with a password."""

    user_id: int
    username: str
    email: str
    realname: str = ""
    comment: str = ""
    sysadmin_flag: bool = False
    creation_time: datetime
    password_hash: str = Field(exclude=True)


class Robot(Row):
    """A machine's account. `expires_at` is in seconds since the epoch, -1 for never; `duration` is in days."""

    id: int
    name: str
    level: Level
    description: str = ""
    duration: int = _NEVER
    expires_at: int = _NEVER
    disable: bool = False
    editable: bool = True
    permissions: tuple[Permission, ...]
    creation_time: datetime
    project_id: int | None = Field(default=None, exclude=True)
    secret_hash: str = Field(exclude=True)


class UserRequest(BaseModel):
    """Body of a new user."""

    username: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^,~#$%\"]+$")]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    password: str
    realname: str = ""
    comment: str = ""


class RobotRequest(BaseModel):
    """Body of a new robot; a `secret` in it is ignored, as Harbor does."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    level: Level
    duration: int
    description: str = ""
    disable: bool = False
    permissions: Annotated[tuple[Permission, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: a user or a robot."""

    name: str
    admin: bool = False
    user_id: int | None = None
    permissions: tuple[Permission, ...] = ()


class Accounts:
    """Users and robots, and what each may do."""

    def __init__(self, base: Base, projects: Projects) -> None:
        self._base = base
        self._projects = projects
        self._users = base.table("users", User)
        self._robots = base.table("robots", Robot)

    def authenticate(self, name: str, password: str) -> Identity | None:
        """Return who it is when the password is right, the account enabled and not expired."""
        if name.startswith(ROBOT_PREFIX):
            robot = next((robot for robot in self._robots.all() if robot.name == name), None)
            usable = robot and not robot.disable and not self._is_expired(robot)
            if robot is None or not usable or not _verify(password, robot.secret_hash):
                return None
            return Identity(name, permissions=robot.permissions)
        user = self.find_user(name)
        if user is None or not _verify(password, user.password_hash):
            return None
        return Identity(name, admin=user.sysadmin_flag, user_id=user.user_id)

    def may(self, identity: Identity | None, wanted: Access, project: Project | None = None) -> bool:
        """Tell whether someone (None = nobody) holds a right in a project, or in the system."""
        if identity is None:
            return project is not None and project.is_public and wanted in _PUBLIC
        if identity.admin:
            return True
        kind: Level = "project" if project else "system"
        if any(
            permission.covers(kind, project.name if project else "/", wanted) for permission in identity.permissions
        ):
            return True
        if project is None:
            return False
        role = self._projects.role(project, identity.user_id) if identity.user_id else None
        return (project.is_public and wanted in _PUBLIC) or (role is not None and role.may(wanted))

    def require(self, identity: Identity | None, wanted: Access, project: Project | None = None) -> None:
        """Raise ForbiddenError when the right is missing."""
        if not self.may(identity, wanted, project):
            raise ForbiddenError

    def find_user(self, name: str) -> User | None:
        """Return the user of that name."""
        return next((user for user in self._users.all() if user.username == name), None)

    def user(self, user_id: int) -> User:
        """Return a user. Raises NotFoundError."""
        user = self._users.get(str(user_id))
        if user is None:
            raise NotFoundError(f"user {user_id} not found")
        return user

    def users(self) -> list[User]:
        """Return all users."""
        return self._users.all()

    def create_user(self, request: UserRequest, *, admin: bool = False, checked: bool = True) -> User:
        """Add a user. `checked` is whether the password must follow Harbor's rule."""
        if checked and not _PASSWORD_RULE.fullmatch(request.password):
            raise BadRequestError(_WEAK)
        with self._base.store.lock:
            if any(request.username == user.username or request.email == user.email for user in self.users()):
                raise ConflictError(f"user {request.username} or email {request.email} already exists")
            user = User(
                user_id=next_number(self._users),
                username=request.username,
                email=request.email,
                realname=request.realname,
                comment=request.comment,
                sysadmin_flag=admin,
                creation_time=self._base.now(),
                password_hash=_hash(request.password),
            )
            return self._users.put(str(user.user_id), user)

    def set_admin(self, user_id: int, *, admin: bool) -> None:
        """Promote or demote a user."""
        self.user(user_id)
        self._users.change(str(user_id), sysadmin_flag=admin)

    def set_password(self, user_id: int, password: str) -> None:
        """Change a password. Raises BadRequestError for a weak one."""
        self.user(user_id)
        if not _PASSWORD_RULE.fullmatch(password):
            raise BadRequestError(_WEAK)
        self._users.change(str(user_id), password_hash=_hash(password))

    def delete_user(self, user_id: int) -> None:
        """Remove a user and the memberships."""
        self.user(user_id)
        self._users.remove(str(user_id))
        self._projects.forget_user(user_id)

    def robot(self, robot_id: int) -> Robot:
        """Return a robot. Raises NotFoundError."""
        robot = self._robots.get(str(robot_id))
        if robot is None:
            raise NotFoundError(f"robot {robot_id} not found")
        return robot

    def robots(self, project_id: int | None) -> list[Robot]:
        """Return the robots of a project, or with None those of the system."""
        return [robot for robot in self._robots.all() if robot.project_id == project_id]

    def create_robot(self, request: RobotRequest, creator: Identity) -> tuple[Robot, str]:
        """Add a robot and return it with its secret, which nothing shows again."""
        project = self._check_robot(request, creator)
        name = f"{project.name}+{request.name}" if project else request.name
        secret = _new_secret()
        with self._base.store.lock:
            if any(robot.name == f"{ROBOT_PREFIX}{name}" for robot in self._robots.all()):
                raise ConflictError(f"robot account {name} already exists")
            robot = Robot(
                id=next_number(self._robots),
                name=f"{ROBOT_PREFIX}{name}",
                level=request.level,
                description=request.description,
                duration=request.duration,
                expires_at=self._expiry(request.duration),
                disable=request.disable,
                permissions=request.permissions,
                creation_time=self._base.now(),
                project_id=project.project_id if project else None,
                secret_hash=_hash(secret),
            )
            self._robots.put(str(robot.id), robot)
        return robot, secret

    def update_robot(self, robot_id: int, request: RobotRequest, changer: Identity) -> None:
        """Change everything but name and level. Raises BadRequestError for another name or level."""
        robot = self.robot(robot_id)
        if (request.name, request.level) != (robot.name, robot.level):
            raise BadRequestError("cannot update the level or name of robot")
        self._check_rights(request, changer)
        fields: dict[str, Any] = request.model_dump(include={"description", "disable", "duration"})
        expires_at = robot.expires_at if request.duration == robot.duration else self._expiry(request.duration)
        self._robots.change(str(robot_id), **fields, permissions=request.permissions, expires_at=expires_at)

    def set_secret(self, robot_id: int, secret: str) -> str:
        """Set a robot's secret, or make a new one when it is empty; return the new one, else an empty text."""
        self.robot(robot_id)
        if secret and not _PASSWORD_RULE.fullmatch(secret):
            raise BadRequestError(_WEAK)
        chosen = secret or _new_secret()
        self._robots.change(str(robot_id), secret_hash=_hash(chosen))
        return "" if secret else chosen

    def delete_robot(self, robot_id: int) -> None:
        """Remove a robot."""
        self.robot(robot_id)
        self._robots.remove(str(robot_id))

    def forget_project(self, project_id: int) -> None:
        """Remove the robots of a project that is no more."""
        for robot in self.robots(project_id):
            self._robots.remove(str(robot.id))

    def _check_robot(self, request: RobotRequest, creator: Identity) -> Project | None:
        if not re.fullmatch(NAME_PATTERN, request.name):
            raise BadRequestError("robot name is not in lower case or contains illegal characters")
        if request.duration == 0 or request.duration < _NEVER:
            raise BadRequestError("bad request error duration input")
        self._check_rights(request, creator)
        if request.level == "system":
            return None
        if len(request.permissions) != 1:
            raise BadRequestError("bad request permission")
        return self._projects.get(request.permissions[0].namespace)

    def _check_rights(self, request: RobotRequest, creator: Identity) -> None:
        """A robot may not give away what it does not hold itself."""
        check_permissions(request.permissions)
        for permission in request.permissions:
            project = None
            if permission.kind == "project" and permission.namespace != "*":
                project = self._projects.get(permission.namespace)
            for access in permission.access:
                self.require(creator, access, project)

    def _expiry(self, duration_days: int) -> int:
        if duration_days == _NEVER:
            return _NEVER
        return int((self._base.now() + timedelta(days=duration_days)).timestamp())

    def _is_expired(self, robot: Robot) -> bool:
        return robot.expires_at != _NEVER and robot.expires_at <= self._base.now().timestamp()


_PUBLIC: Final = frozenset(
    {
        Access(resource="repository", action="pull"),
        Access(resource="repository", action="list"),
        Access(resource="artifact", action="list"),
        Access(resource="artifact", action="read"),
        Access(resource="tag", action="list"),
        Access(resource="project", action="read"),
    }
)
_WEAK: Final = (
    "the password or secret must be longer than 8 chars with at least 1 uppercase letter, 1 lowercase letter "
    "and 1 number"
)


def _new_secret() -> str:
    alphabet = string.ascii_letters + string.digits
    while True:
        secret = "".join(secrets.choice(alphabet) for _ in range(_SECRET_LENGTH))
        if _PASSWORD_RULE.fullmatch(secret):
            return secret


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    return base64.b64encode(salt + _derive(password, salt)).decode()


def _verify(password: str, stored: str) -> bool:
    raw = base64.b64decode(stored)
    return hmac.compare_digest(_derive(password, raw[:16]), raw[16:])


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT["n"], r=_SCRYPT["r"], p=_SCRYPT["p"])
