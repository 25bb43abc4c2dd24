"""Routes of Harbor's v2.0 API, below its root."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hubwright.sandbox.registry.harbor.calls import Call, Reply
from hubwright.sandbox.registry.harbor.responses.accounts import AccountResponses
from hubwright.sandbox.registry.harbor.responses.images import ImageResponses
from hubwright.sandbox.registry.harbor.responses.projects import ProjectResponses
from hubwright.sandbox.registry.harbor.service import Harbor

Handler: TypeAlias = Callable[[Call], Reply]
Routes: TypeAlias = list[tuple[str, str, Handler]]

_PROJECT = "/projects/{project}"
_ARTIFACT = f"{_PROJECT}/repositories/{{repository}}/artifacts/{{reference}}"


def routes(harbor: Harbor) -> Routes:
    """Return method, path and handler of every route."""
    projects = ProjectResponses(harbor)
    return [
        *_project_routes(projects),
        *_account_routes(AccountResponses(harbor)),
        *_image_routes(ImageResponses(harbor, projects)),
    ]


def _project_routes(projects: ProjectResponses) -> Routes:
    return [
        ("GET", "/projects", projects.list_projects),
        ("POST", "/projects", projects.create_project),
        ("HEAD", "/projects", projects.head_project),
        ("GET", _PROJECT, projects.get_project),
        ("PUT", _PROJECT, projects.update_project),
        ("DELETE", _PROJECT, projects.delete_project),
        ("GET", f"{_PROJECT}/members", projects.list_members),
        ("POST", f"{_PROJECT}/members", projects.add_member),
        ("GET", f"{_PROJECT}/members/{{member}}", projects.get_member),
        ("PUT", f"{_PROJECT}/members/{{member}}", projects.change_member),
        ("DELETE", f"{_PROJECT}/members/{{member}}", projects.remove_member),
        ("GET", f"{_PROJECT}/immutabletagrules", projects.list_rules),
        ("POST", f"{_PROJECT}/immutabletagrules", projects.add_rule),
        ("PUT", f"{_PROJECT}/immutabletagrules/{{rule}}", projects.change_rule),
        ("DELETE", f"{_PROJECT}/immutabletagrules/{{rule}}", projects.delete_rule),
        ("GET", "/quotas", projects.list_quotas),
        ("GET", "/quotas/", projects.list_quotas),
        ("GET", "/quotas/{quota}", projects.get_quota),
        ("PUT", "/quotas/{quota}", projects.set_quota),
    ]


def _account_routes(accounts: AccountResponses) -> Routes:
    return [
        ("GET", "/users", accounts.list_users),
        ("POST", "/users", accounts.create_user),
        ("GET", "/users/current", accounts.current_user),
        ("GET", "/users/{user}", accounts.get_user),
        ("DELETE", "/users/{user}", accounts.delete_user),
        ("PUT", "/users/{user}/sysadmin", accounts.set_admin),
        ("PUT", "/users/{user}/password", accounts.set_password),
        ("GET", "/robots", accounts.list_robots),
        ("POST", "/robots", accounts.create_robot),
        ("GET", "/robots/{robot}", accounts.get_robot),
        ("PUT", "/robots/{robot}", accounts.update_robot),
        ("PATCH", "/robots/{robot}", accounts.set_secret),
        ("DELETE", "/robots/{robot}", accounts.delete_robot),
        ("GET", "/permissions", accounts.permissions),
    ]


def _image_routes(images: ImageResponses) -> Routes:
    return [
        ("GET", f"{_PROJECT}/repositories", images.list_repositories),
        ("DELETE", f"{_PROJECT}/repositories/{{repository}}", images.delete_repository),
        ("GET", f"{_PROJECT}/repositories/{{repository}}/artifacts", images.list_artifacts),
        ("GET", _ARTIFACT, images.get_artifact),
        ("DELETE", _ARTIFACT, images.delete_artifact),
        ("DELETE", f"{_ARTIFACT}/tags/{{tag}}", images.delete_tag),
        ("POST", "/retentions", images.create_retention),
        ("GET", "/retentions/{policy}", images.get_retention),
        ("PUT", "/retentions/{policy}", images.update_retention),
        ("DELETE", "/retentions/{policy}", images.delete_retention),
        ("POST", "/retentions/{policy}/executions", images.run_retention),
        ("GET", "/retentions/{policy}/executions", images.list_runs),
        ("GET", "/system/gc/schedule", images.get_schedule),
        ("POST", "/system/gc/schedule", images.create_schedule),
        ("PUT", "/system/gc/schedule", images.update_schedule),
        ("GET", "/system/gc", images.list_collections),
        ("GET", "/system/gc/{run}", images.get_collection),
    ]
