"""Handlers of projects, members, quotas and immutable tags."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from hubwright.sandbox.registry.harbor.calls import Call, Reply, created
from hubwright.sandbox.registry.harbor.exceptions import BadRequestError, NotFoundError
from hubwright.sandbox.registry.harbor.permissions import Access, Role
from hubwright.sandbox.registry.harbor.projects import ImmutableRule, Project, ProjectRequest, Quota
from hubwright.sandbox.registry.harbor.selectors import Selectors
from hubwright.sandbox.registry.harbor.service import Harbor


class ProjectChange(BaseModel):
    """Body of a change of a project."""

    metadata: dict[str, str] = Field(default_factory=dict)
    storage_limit: int | None = None


class MemberUser(BaseModel):
    """Who becomes a member."""

    username: str


class MemberRequest(BaseModel):
    """Body of a new member."""

    role_id: Role
    member_user: MemberUser


class RoleRequest(BaseModel):
    """Body of a change of role."""

    role_id: Role


class QuotaRequest(BaseModel):
    """Body of a change of quota, in bytes."""

    hard: dict[str, int]


class RuleRequest(Selectors):
    """Body of an immutability rule."""

    disabled: bool = False


class ProjectResponses:
    """Handlers of /projects and /quotas."""

    def __init__(self, harbor: Harbor) -> None:
        self._harbor = harbor
        self._projects = harbor.projects

    def project(self, call: Call, resource: str, action: str) -> Project:
        """Return the project of the path, when the caller has the right. Raises as Harbor does."""
        named = call.headers.get("x-is-resource-name", "").lower() == "true"
        text = call.params["project"]
        project = self._projects.find(text) if named else self._projects.get(text)
        if project is None:
            raise NotFoundError(f"project {text} not found")
        if not project.is_public or action not in ("read", "list"):
            _ = call.identity
        self._harbor.accounts.require(call.caller, Access(resource=resource, action=action), project)
        return project

    def list_projects(self, call: Call) -> Reply:
        """Those that the caller may see; `name` searches."""
        wanted = Access(resource="project", action="read")
        name = call.query.get("name", "") or call.filters().get("name", "").removeprefix("~")
        seen = [
            self._wire(project)
            for project in self._projects.all()
            if name in project.name and self._harbor.accounts.may(call.caller, wanted, project)
        ]
        return call.page(seen)

    def create_project(self, call: Call) -> Reply:
        """Any signed-in user may; only an administrator sets a quota."""
        identity = call.identity
        if identity.user_id is None:
            self._harbor.accounts.require(identity, Access(resource="project", action="create"))
        request = call.read(ProjectRequest)
        if not identity.admin:
            request = request.model_copy(update={"storage_limit": -1})
        project = self._projects.create(request, owner=identity.name)
        if identity.user_id is not None:
            self._projects.add_member(project, identity.user_id, identity.name, Role.ADMIN)
        by_name = call.headers.get("x-resource-name-in-location", "").lower() == "true"
        return created(f"projects/{project.name if by_name else project.project_id}")

    def head_project(self, call: Call) -> Reply:
        """200 when there is a project of that name."""
        if self._projects.find(call.query.get("project_name", "")) is None:
            raise NotFoundError(f"project {call.query.get('project_name', '')} not found")
        return Reply()

    def get_project(self, call: Call) -> Reply:
        """One project."""
        return Reply(body=self._wire(self.project(call, "project", "read")))

    def update_project(self, call: Call) -> Reply:
        """Change metadata."""
        project = self.project(call, "project", "update")
        self._projects.change(project, call.read(ProjectChange).metadata)
        return Reply()

    def delete_project(self, call: Call) -> Reply:
        """Remove an empty project."""
        self._harbor.delete_project(self.project(call, "project", "delete"))
        return Reply()

    def list_members(self, call: Call) -> Reply:
        """All members."""
        project = self.project(call, "member", "list")
        members = [{**member.wire(), "role_name": member.role_id.name} for member in self._projects.members(project)]
        return call.page(members)

    def add_member(self, call: Call) -> Reply:
        """Add an existing user."""
        project, request = self.project(call, "member", "create"), call.read(MemberRequest)
        user = self._harbor.accounts.find_user(request.member_user.username)
        if user is None:
            raise BadRequestError(f"user {request.member_user.username} not found")
        member = self._projects.add_member(project, user.user_id, user.username, request.role_id)
        return created(f"projects/{project.project_id}/members/{member.id}")

    def get_member(self, call: Call) -> Reply:
        """One member."""
        project = self.project(call, "member", "read")
        return Reply(body=self._projects.member(project, call.number("member")).wire())

    def change_member(self, call: Call) -> Reply:
        """Give another role."""
        project = self.project(call, "member", "update")
        self._projects.change_member(project, call.number("member"), call.read(RoleRequest).role_id)
        return Reply()

    def remove_member(self, call: Call) -> Reply:
        """Take the role away."""
        self._projects.remove_member(self.project(call, "member", "delete"), call.number("member"))
        return Reply()

    def list_rules(self, call: Call) -> Reply:
        """Immutability rules."""
        return call.page([_rule(rule) for rule in self._projects.rules(self.project(call, "immutable-tag", "list"))])

    def add_rule(self, call: Call) -> Reply:
        """Protect some tags."""
        project = self.project(call, "immutable-tag", "create")
        rule = self._projects.add_rule(project, call.read(RuleRequest).model_dump())
        return created(f"projects/{project.project_id}/immutabletagrules/{rule.id}")

    def change_rule(self, call: Call) -> Reply:
        """Replace a rule."""
        project = self.project(call, "immutable-tag", "update")
        self._projects.change_rule(project, call.number("rule"), call.read(RuleRequest).model_dump())
        return Reply()

    def delete_rule(self, call: Call) -> Reply:
        """Remove a rule."""
        self._projects.delete_rule(self.project(call, "immutable-tag", "delete"), call.number("rule"))
        return Reply()

    def list_quotas(self, call: Call) -> Reply:
        """Quotas, all or that of one project."""
        self._harbor.accounts.require(call.identity, Access(resource="quota", action="list"))
        wanted = call.query.get("reference_id")
        quotas = [self._quota(quota) for quota in self._projects.quotas() if wanted in (None, str(quota.id))]
        return call.page(quotas)

    def get_quota(self, call: Call) -> Reply:
        """One quota."""
        self._harbor.accounts.require(call.identity, Access(resource="quota", action="read"))
        return Reply(body=self._quota(self._projects.quota(call.number("quota"))))

    def set_quota(self, call: Call) -> Reply:
        """Change one."""
        self._harbor.accounts.require(call.identity, Access(resource="quota", action="update"))
        hard = call.read(QuotaRequest).hard
        if "storage" not in hard:
            raise BadRequestError("invalid quota: storage is missing")
        self._projects.set_quota(call.number("quota"), hard["storage"])
        return Reply()

    def _wire(self, project: Project) -> dict[str, Any]:
        return {**project.wire(), "repo_count": len(self._harbor.artifacts.repositories(project)), "deleted": False}

    def _quota(self, quota: Quota) -> dict[str, Any]:
        project = self._projects.get(quota.id)
        return {
            **quota.wire(),
            "ref": {"id": project.project_id, "name": project.name, "owner_name": project.owner_name},
            "hard": {"storage": quota.storage},
            "used": {"storage": self._harbor.artifacts.used_bytes(project)},
        }


def _rule(rule: ImmutableRule) -> dict[str, Any]:
    return {**rule.wire(), "priority": 0}
