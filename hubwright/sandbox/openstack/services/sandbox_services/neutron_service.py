"""Neutron: networks, subnets, routers and floating IPs, without agents."""

from __future__ import annotations

import os
import sys

import sqlalchemy
from neutron_lib import context as neutron_context
from neutron_lib.plugins import directory
from neutron_lib.plugins import utils as plugin_calls
from oslo_utils import uuidutils

from neutron.db.migration.models import head
from sandbox_services import sqlite
from sandbox_services.plan import Plan, Service

_EXTERNAL_NETWORK = "Ext-Net"
_EXTERNAL_CIDR = "203.0.113.0/24"


def create_application(plan: Plan, service: Service):  # noqa: ANN201
    """Return the WSGI application, on a new or an existing database."""
    is_new = sqlite.discard_unfinished(service.database_path)
    if is_new:
        sqlite.create_schema(service.database_path, head.get_metadata(), _add_default_rules)
    directory_path, _, file_name = service.config_path.rpartition("/")
    os.environ.update(OS_NEUTRON_CONFIG_DIR=directory_path, OS_NEUTRON_CONFIG_FILES=file_name)
    sys.argv = ["neutron-api"]

    from neutron.wsgi.api import application

    if is_new:
        _create_external_network()
        sqlite.mark_finished(service.database_path)
    return application


def _add_default_rules(connection: sqlalchemy.Connection) -> None:
    """Add the rules of every new security group, as the migration "2023.2/c33da356b165" does."""
    tables = head.get_metadata().tables
    for ethertype in ("IPv4", "IPv6"):
        common = {"ethertype": ethertype, "used_in_default_sg": True}
        for rule in (
            {"direction": "egress", "remote_group_id": None, "used_in_non_default_sg": True},
            {"direction": "ingress", "remote_group_id": "PARENT", "used_in_non_default_sg": False},
        ):
            attribute = tables["standardattributes"].insert().values(resource_type="security_group_default_rules")
            row = {"id": uuidutils.generate_uuid(), "standard_attr_id": connection.execute(attribute).inserted_primary_key[0]}
            connection.execute(tables["securitygroupdefaultrules"].insert().values(**row, **common, **rule))


def _create_external_network() -> None:
    context = neutron_context.get_admin_context()
    plugin = directory.get_plugin()
    network = {
        "name": _EXTERNAL_NETWORK,
        "tenant_id": "",
        "admin_state_up": True,
        "router:external": True,
        "provider:network_type": "flat",
        "provider:physical_network": "external",
    }
    network_id = plugin_calls.create_network(plugin, context, {"network": network})["id"]
    subnet = {
        "name": f"{_EXTERNAL_NETWORK}-{_EXTERNAL_CIDR}",
        "tenant_id": "",
        "network_id": network_id,
        "ip_version": 4,
        "cidr": _EXTERNAL_CIDR,
        "enable_dhcp": False,
    }
    plugin_calls.create_subnet(plugin, context, {"subnet": subnet})
