"""Octavia's API: load balancers that the sandbox's own provider brings to their final state."""

from __future__ import annotations

import inspect
import json
import sys

import sqlalchemy
import wsme.types
from oslo_utils import uuidutils

from sandbox_services import sqlite
from sandbox_services.plan import Plan, Service

_PROVIDER = "sandbox"
_FLAVORS = ("small", "medium", "large", "xl")


def create_application(plan: Plan, service: Service):  # noqa: ANN201
    """Return the WSGI application, on a new or an existing database."""
    wsme.types.sort_attributes = _sort_by_definition
    is_new = sqlite.discard_unfinished(service.database_path)
    if is_new:
        from octavia.db import models

        sqlite.create_schema(service.database_path, models.base_models.BASE.metadata, _add_first_rows)
        sqlite.mark_finished(service.database_path)

    from octavia.api import app

    from sandbox_services import octavia_status

    sys.argv = ["octavia-api", "--config-file", service.config_path]
    octavia_status.CHANGES.speed = plan.speed
    application = octavia_status.CHANGES.wrap(app.setup_app())
    octavia_status.settle_interrupted()
    return application


def _sort_by_definition(class_: type, attributes: list) -> None:
    """Order WSME attributes as the class bodies do.

    WSME parses the module's source for each class instead, which takes half of Octavia's start.
    """
    names = getattr(class_, "_wsme_attr_order", None)
    names = names or [name for base in inspect.getmro(class_) for name in vars(base)]
    position = {name: index for index, name in reversed(list(enumerate(names)))}
    attributes.sort(key=lambda attribute: position.get(attribute.key, len(position)))


def _add_first_rows(connection: sqlalchemy.Connection) -> None:
    _add_names(connection)
    _add_deleted_placeholders(connection)
    for name in _FLAVORS:
        _add_flavor(connection, name)


def _add_names(connection: sqlalchemy.Connection) -> None:
    """Fill the tables of allowed values, as the migrations do."""
    from octavia.common import constants
    from octavia.db import models

    for model, names in (
        (models.ProvisioningStatus, constants.SUPPORTED_PROVISIONING_STATUSES),
        (models.OperatingStatus, constants.SUPPORTED_OPERATING_STATUSES),
        (models.HealthMonitorType, constants.SUPPORTED_HEALTH_MONITOR_TYPES),
        (models.Algorithm, constants.SUPPORTED_LB_ALGORITHMS),
        (models.Protocol, constants.SUPPORTED_PROTOCOLS),
        (models.SessionPersistenceType, constants.SUPPORTED_SP_TYPES),
        (models.AmphoraRoles, constants.SUPPORTED_AMPHORA_ROLES),
        (models.LBTopology, constants.SUPPORTED_LB_TOPOLOGIES),
        (models.VRRPAuthMethod, constants.SUPPORTED_VRRP_AUTH),
        (models.L7RuleType, constants.SUPPORTED_L7RULE_TYPES),
        (models.L7RuleCompareType, constants.SUPPORTED_L7RULE_COMPARE_TYPES),
        (models.L7PolicyAction, constants.SUPPORTED_L7POLICY_ACTIONS),
        (models.ClientAuthenticationMode, constants.SUPPORTED_CLIENT_AUTH_MODES),
    ):
        connection.execute(model.__table__.insert(), [{"name": name} for name in names])


def _add_deleted_placeholders(connection: sqlalchemy.Connection) -> None:
    """Add the rows that deleted flavors and zones are pointed to."""
    from octavia.common import constants
    from octavia.db import models

    nil, deleted = constants.NIL_UUID, constants.DELETED
    placeholder = {"name": "DELETED-PLACEHOLDER", "description": "", "enabled": False}
    for model, row in (
        (models.FlavorProfile, {"id": nil, "name": placeholder["name"], "provider_name": deleted, "flavor_data": "{}"}),
        (models.Flavor, {"id": nil, "flavor_profile_id": nil, **placeholder}),
        (models.AvailabilityZoneProfile, {"id": nil, "name": placeholder["name"], "provider_name": deleted, "availability_zone_data": "{}"}),
        (models.AvailabilityZone, {"availability_zone_profile_id": nil, **placeholder, "name": nil}),
    ):
        connection.execute(model.__table__.insert().values(**row))


def _add_flavor(connection: sqlalchemy.Connection, name: str) -> None:
    from octavia.db import models

    profile_id, data = uuidutils.generate_uuid(), json.dumps({"size": name})
    profile = {"id": profile_id, "name": name, "provider_name": _PROVIDER, "flavor_data": data}
    flavor = {"id": uuidutils.generate_uuid(), "name": name, "description": "", "enabled": True, "flavor_profile_id": profile_id}
    connection.execute(models.FlavorProfile.__table__.insert().values(**profile))
    connection.execute(models.Flavor.__table__.insert().values(**flavor))
