"""Put the OpenStack types together with a connection."""

from __future__ import annotations

import os
from typing import Any, Final

from hubwright.adapters.openstack import OpenStackApi
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.provider import DeclaredProvider
from hubwright.engine.providers.declared.waiting import Pace
from hubwright.engine.providers.openstack.floating_ip import FloatingIp
from hubwright.engine.providers.openstack.functions import find_flavor, find_network, find_subnet
from hubwright.engine.providers.openstack.load_balancer import LoadBalancer
from hubwright.engine.providers.openstack.load_balancer_parts import Listener, Member, Monitor, Pool
from hubwright.engine.providers.openstack.network import Network, Subnet
from hubwright.engine.providers.openstack.rest import OpenStackResource
from hubwright.engine.providers.openstack.router import Router, RouterInterface

RESOURCE_TYPES: Final[tuple[type[OpenStackResource], ...]] = (
    Network,
    Subnet,
    Router,
    RouterInterface,
    FloatingIp,
    LoadBalancer,
    Listener,
    Pool,
    Member,
    Monitor,
)

# The provider's inputs under keystoneauth's names.
_AUTH_INPUTS: Final = {
    "authUrl": "auth_url",
    "userName": "username",
    "userId": "user_id",
    "password": "password",
    "token": "token",
    "tenantId": "project_id",
    "tenantName": "project_name",
    "userDomainId": "user_domain_id",
    "userDomainName": "user_domain_name",
    "projectDomainId": "project_domain_id",
    "projectDomainName": "project_domain_name",
    "domainId": "domain_id",
    "domainName": "domain_name",
    "applicationCredentialId": "application_credential_id",
    "applicationCredentialName": "application_credential_name",
    "applicationCredentialSecret": "application_credential_secret",
}


def build_provider(inputs: PropertyMap, *, pace: Pace | None = None) -> DeclaredProvider:
    """Return the provider; it connects on the first call that a resource makes."""
    api = OpenStackApi(**_connection(inputs))
    functions = {
        "openstack:networking/getNetwork:getNetwork": find_network(api),
        "openstack:networking/getSubnet:getSubnet": find_subnet(api),
        "openstack:loadbalancer/getFlavorV2:getFlavorV2": find_flavor(api),
    }
    return DeclaredProvider("openstack", [resource(api) for resource in RESOURCE_TYPES], functions, pace=pace)


def _connection(inputs: PropertyMap) -> dict[str, Any]:
    insecure = inputs.get("insecure") in (True, "true") or os.environ.get("OS_INSECURE", "").lower() in ("1", "true")
    return {
        "cloud": inputs.get("cloud"),
        "region": inputs.get("region"),
        "interface": inputs.get("endpointType"),
        "auth": {name: inputs[key] for key, name in _AUTH_INPUTS.items() if inputs.get(key)},
        "verify": False if insecure else inputs.get("cacertFile") or True,
    }
