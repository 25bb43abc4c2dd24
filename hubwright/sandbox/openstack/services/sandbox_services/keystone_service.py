"""Keystone: users, projects, roles and the service catalogue."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from unittest import mock

import sqlalchemy
from keystone.server import wsgi

from keystone.cmd import bootstrap
from keystone.common import fernet_utils, provider_api, sql
from keystone.resource.backends import base as resource_base
from sandbox_services import sqlite
from sandbox_services.plan import Plan, Service

_PROVIDERS = provider_api.ProviderAPIs
_DOMAIN = "default"
_ACTIVE_KEYS = 3
_CATALOGUE = {"neutron": "network", "octavia": "load-balancer"}
_USER_ROLES = ("member", "reader", "load-balancer_member")
_INTERFACES = ("public", "internal", "admin")


def create_application(plan: Plan, service: Service):  # noqa: ANN201
    """Return the WSGI application, on a new or an existing database."""
    is_new = sqlite.discard_unfinished(service.database_path)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = service.config_path
    sys.argv = ["keystone"]
    if is_new:
        _create_keys(Path(service.database_path).parent)
    application = wsgi.initialize_public_application()
    if is_new:
        sqlite.create_schema(service.database_path, sql.ModelBase.metadata, _add_root_domain)
        _bootstrap(plan, service)
        _create_users(plan)
    _publish_catalogue(plan)
    if is_new:
        sqlite.mark_finished(service.database_path)
    return application


def _add_root_domain(connection: sqlalchemy.Connection) -> None:
    """Add the row that the migrations add: the parent of every domain."""
    root = resource_base.NULL_DOMAIN_ID
    row = {"id": root, "name": root, "enabled": False, "domain_id": root, "is_domain": True, "extra": {}}
    connection.execute(sql.ModelBase.metadata.tables["project"].insert().values(**row))


def _create_keys(folder: Path) -> None:
    """Make this sandbox's own token and credential keys; an interrupted run's are kept."""
    for name, group in (("keystone-tokens", "fernet_tokens"), ("keystone-credentials", "credential")):
        repository = fernet_utils.FernetUtils(str(folder / name), _ACTIVE_KEYS, group)
        repository.create_key_directory()
        repository.initialize_key_repository()


def _bootstrap(plan: Plan, service: Service) -> None:
    # The application has loaded the backends, which may happen only once.
    with mock.patch.object(bootstrap.backends, "load_backends"):
        steps = bootstrap.Bootstrapper()
    steps.admin_username = steps.project_name = steps.admin_role_name = "admin"
    steps.admin_password = plan.passwords["admin"]
    steps.service_name = "keystone"
    steps.region_id = plan.region
    steps.public_url = steps.internal_url = steps.admin_url = service.url
    steps.bootstrap()


def _create_users(plan: Plan) -> None:
    roles = {role["name"]: role["id"] for role in _PROVIDERS.role_api.list_roles()}
    for name in ("load-balancer_admin", "load-balancer_member"):
        roles[name] = _PROVIDERS.role_api.create_role(role_id := uuid.uuid4().hex, {"id": role_id, "name": name})["id"]
    service_project = _create_project(uuid.uuid4().hex, "service")
    for name in _CATALOGUE:
        _create_user(plan, name, service_project, [roles["admin"], roles["service"]])
    project = _create_project(plan.project_id, plan.project_name)
    _create_user(plan, plan.username, project, [roles[name] for name in _USER_ROLES])
    _let_admin_into(project, roles)


def _let_admin_into(project_id: str, roles: dict[str, str]) -> None:
    """The sandbox's own cloud API makes networks on the project's behalf, so the administrator may scope to it."""
    admin = _PROVIDERS.identity_api.get_user_by_name("admin", _DOMAIN)
    for role in ("admin", "load-balancer_admin"):
        _PROVIDERS.assignment_api.add_role_to_user_and_project(admin["id"], project_id, roles[role])


def _create_project(project_id: str, name: str) -> str:
    project = {"id": project_id, "name": name, "domain_id": _DOMAIN, "enabled": True, "description": ""}
    return _PROVIDERS.resource_api.create_project(project_id, project)["id"]


def _create_user(plan: Plan, name: str, project_id: str, role_ids: list[str]) -> None:
    user = _PROVIDERS.identity_api.create_user(
        {"name": name, "password": plan.passwords[name], "domain_id": _DOMAIN, "enabled": True, "default_project_id": project_id}
    )
    for role_id in role_ids:
        _PROVIDERS.assignment_api.add_role_to_user_and_project(user["id"], project_id, role_id)


def _publish_catalogue(plan: Plan) -> None:
    """Make the catalogue say where the services are now: a restart may have moved a port."""
    known = {service["name"]: service["id"] for service in _PROVIDERS.catalog_api.list_services()}
    published = {(item["service_id"], item["interface"]): item for item in _PROVIDERS.catalog_api.list_endpoints()}
    for service in plan.services.values():
        service_id = known.get(service.name) or _create_service(service.name)
        for interface in _INTERFACES:
            _publish_endpoint(plan.region, service_id, interface, service.url, published.get((service_id, interface)))


def _create_service(name: str) -> str:
    service_id = uuid.uuid4().hex
    service = {"id": service_id, "name": name, "type": _CATALOGUE[name], "enabled": True}
    return _PROVIDERS.catalog_api.create_service(service_id, service)["id"]


def _publish_endpoint(region: str, service_id: str, interface: str, url: str, published: dict | None) -> None:
    if published is None:
        endpoint_id = uuid.uuid4().hex
        endpoint = {"id": endpoint_id, "region_id": region, "service_id": service_id, "interface": interface, "url": url}
        _PROVIDERS.catalog_api.create_endpoint(endpoint_id, {**endpoint, "enabled": True})
    elif published["url"] != url:
        _PROVIDERS.catalog_api.update_endpoint(published["id"], {"url": url})
