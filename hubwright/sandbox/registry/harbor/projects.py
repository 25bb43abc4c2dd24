"""Projects with their members, storage quotas and immutable tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.exceptions import BadRequestError, ConflictError, NotFoundError
from hubwright.sandbox.registry.harbor.permissions import Role
from hubwright.sandbox.registry.harbor.rows import NAME_PATTERN, Base, Row, next_number
from hubwright.sandbox.registry.harbor.selectors import Selectors

UNLIMITED: Final = -1


class Project(Row):
    """A name space of repositories. `metadata` values are strings, `"true"` and `"false"` too."""

    project_id: int
    name: str
    owner_name: str
    metadata: dict[str, str] = Field(default_factory=dict)
    creation_time: datetime

    @property
    def is_public(self) -> bool:
        """Tell whether everybody may pull."""
        return self.metadata.get("public") == "true"


class Member(Row):
    """A user's role in a project."""

    id: int
    project_id: int
    role_id: Role
    entity_id: int
    entity_name: str
    entity_type: str = "u"


class Quota(Row):
    """How many bytes a project may hold, -1 for no limit. Its number is the project's."""

    id: int
    storage: int = Field(exclude=True)
    creation_time: datetime
    update_time: datetime


class ImmutableRule(Selectors):
    """Tags that nobody may move or delete."""

    id: int
    project_id: int
    disabled: bool = False
    action: str = "immutable"
    template: str = "immutable_template"


class ProjectRequest(BaseModel):
    """Body of a new project; `storage_limit` is in bytes."""

    project_name: Annotated[str, Field(min_length=1, max_length=255)]
    metadata: dict[str, str] = Field(default_factory=dict)
    public: bool | None = None
    storage_limit: int = UNLIMITED


class Projects:
    """All projects; the first one, `library`, is public and there from the beginning."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._projects = base.table("projects", Project)
        self._members = base.table("members", Member)
        self._quotas = base.table("quotas", Quota)
        self._rules = base.table("immutable_rules", ImmutableRule)
        if not self._projects.ids():
            self.create(ProjectRequest(project_name="library", metadata={"public": "true"}), owner="admin")

    def all(self) -> list[Project]:
        """Return all projects."""
        return self._projects.all()

    def find(self, name: str) -> Project | None:
        """Return the project of that name."""
        return next((project for project in self.all() if project.name == name), None)

    def get(self, name_or_id: str | int) -> Project:
        """Return the project with that number, else of that name. Raises NotFoundError."""
        project = self._projects.get(str(name_or_id)) or self.find(str(name_or_id))
        if project is None:
            raise NotFoundError(f"project {name_or_id} not found")
        return project

    def create(self, request: ProjectRequest, *, owner: str) -> Project:
        """Add a project and its quota."""
        name = request.project_name
        if not re.fullmatch(NAME_PATTERN, name):
            raise BadRequestError("project name is not in lower case or contains illegal characters")
        if "retention_id" in request.metadata:
            raise BadRequestError("metadata.retention_id is not allowed in creating project")
        metadata = {"public": "true" if request.public else "false", **request.metadata}
        now = self._base.now()
        with self._base.store.lock:
            if self.find(name):
                raise ConflictError(f"The project named {name} already exists")
            number = next_number(self._projects)
            project = Project(project_id=number, name=name, owner_name=owner, metadata=metadata, creation_time=now)
            self._projects.put(str(number), project)
            limit = request.storage_limit or UNLIMITED
            self._quotas.put(str(number), Quota(id=number, storage=limit, creation_time=now, update_time=now))
        return project

    def change(self, project: Project, metadata: Mapping[str, str | None]) -> None:
        """Change some metadata; None removes a key."""
        changed = {**project.metadata, **metadata}
        kept = {key: value for key, value in changed.items() if value is not None}
        self._projects.change(str(project.project_id), metadata=kept)

    def delete(self, project: Project) -> None:
        """Remove a project with its members, quota and rules; that it is empty is the caller's to see to."""
        with self._base.store.lock:
            for member in self.members(project):
                self._members.remove(str(member.id))
            for rule in self.rules(project):
                self._rules.remove(str(rule.id))
            self._quotas.remove(str(project.project_id))
            self._projects.remove(str(project.project_id))

    def role(self, project: Project, user_id: int) -> Role | None:
        """Return a user's role in a project."""
        return next((member.role_id for member in self.members(project) if member.entity_id == user_id), None)

    def members(self, project: Project) -> list[Member]:
        """Return a project's members."""
        return [member for member in self._members.all() if member.project_id == project.project_id]

    def member(self, project: Project, member_id: int) -> Member:
        """Return one member. Raises NotFoundError."""
        for member in self.members(project):
            if member.id == member_id:
                return member
        raise NotFoundError(f"project member {member_id} not found")

    def add_member(self, project: Project, user_id: int, name: str, role: Role) -> Member:
        """Give a user a role. Raises ConflictError when there is one."""
        with self._base.store.lock:
            if self.role(project, user_id):
                raise ConflictError(f"The project member {name} already exists")
            number = next_number(self._members)
            member = Member(id=number, project_id=project.project_id, role_id=role, entity_id=user_id, entity_name=name)
            return self._members.put(str(number), member)

    def change_member(self, project: Project, member_id: int, role: Role) -> None:
        """Change a member's role."""
        self._members.change(str(self.member(project, member_id).id), role_id=role)

    def remove_member(self, project: Project, member_id: int) -> None:
        """Take a user's role away."""
        self._members.remove(str(self.member(project, member_id).id))

    def forget_user(self, user_id: int) -> None:
        """Remove every role of a user that is no more."""
        for member in self._members.all():
            if member.entity_id == user_id:
                self._members.remove(str(member.id))

    def quota(self, quota_id: int) -> Quota:
        """Return a quota. Raises NotFoundError."""
        quota = self._quotas.get(str(quota_id))
        if quota is None:
            raise NotFoundError(f"quota {quota_id} not found")
        return quota

    def quotas(self) -> list[Quota]:
        """Return all quotas."""
        return self._quotas.all()

    def set_quota(self, quota_id: int, storage_bytes: int) -> None:
        """Change a quota. Raises BadRequestError for a number that means nothing."""
        self.quota(quota_id)
        if storage_bytes < UNLIMITED or storage_bytes == 0:
            raise BadRequestError("invalid quota storage: must be -1 or greater than 0")
        self._quotas.change(str(quota_id), storage=storage_bytes, update_time=self._base.now())

    def rules(self, project: Project) -> list[ImmutableRule]:
        """Return a project's immutability rules."""
        return [rule for rule in self._rules.all() if rule.project_id == project.project_id]

    def add_rule(self, project: Project, fields: Mapping[str, Any]) -> ImmutableRule:
        """Add an immutability rule. Raises ConflictError for a second one with the same selectors."""
        with self._base.store.lock:
            number = next_number(self._rules)
            rule = ImmutableRule.model_validate({**fields, "id": number, "project_id": project.project_id})
            if any(other.selects_like(rule) for other in self.rules(project)):
                raise ConflictError("immutable rule already exists")
            return self._rules.put(str(number), rule)

    def change_rule(self, project: Project, rule_id: int, fields: Mapping[str, Any]) -> None:
        """Replace a rule."""
        self._rule(project, rule_id)
        rule = ImmutableRule.model_validate({**fields, "id": rule_id, "project_id": project.project_id})
        self._rules.put(str(rule_id), rule)

    def delete_rule(self, project: Project, rule_id: int) -> None:
        """Remove a rule."""
        self._rule(project, rule_id)
        self._rules.remove(str(rule_id))

    def is_immutable(self, project: Project, repository: str, tag: str) -> bool:
        """Tell whether a tag is protected; `repository` is without the project."""
        return any(not rule.disabled and rule.selects(repository, tag) for rule in self.rules(project))

    def _rule(self, project: Project, rule_id: int) -> ImmutableRule:
        for rule in self.rules(project):
            if rule.id == rule_id:
                return rule
        raise NotFoundError(f"immutable rule {rule_id} not found")
