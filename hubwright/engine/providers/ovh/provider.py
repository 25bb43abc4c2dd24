"""Put the OVH types together with a connection."""

from __future__ import annotations

from typing import Final

from hubwright.adapters.ovh import OvhApi
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.provider import DeclaredProvider
from hubwright.engine.providers.declared.waiting import Pace
from hubwright.engine.providers.ovh.functions import registry_capabilities
from hubwright.engine.providers.ovh.gateway import Gateway
from hubwright.engine.providers.ovh.kube import Kube
from hubwright.engine.providers.ovh.network import NetworkPrivate, NetworkPrivateSubnet
from hubwright.engine.providers.ovh.node_pool import KubeNodePool
from hubwright.engine.providers.ovh.project import OvhResource
from hubwright.engine.providers.ovh.registry import ContainerRegistry, ContainerRegistryUser
from hubwright.engine.providers.ovh.zone_record import ZoneRecord

RESOURCE_TYPES: Final[tuple[type[OvhResource], ...]] = (
    Kube,
    KubeNodePool,
    ContainerRegistry,
    ContainerRegistryUser,
    NetworkPrivate,
    NetworkPrivateSubnet,
    Gateway,
    ZoneRecord,
)

_CONNECTION_INPUTS: Final = {
    "endpoint": "endpoint",
    "applicationKey": "application_key",
    "applicationSecret": "application_secret",
    "consumerKey": "consumer_key",
    "clientId": "client_id",
    "clientSecret": "client_secret",
    "accessToken": "access_token",
}


def build_provider(inputs: PropertyMap, *, pace: Pace | None = None) -> DeclaredProvider:
    """Return the provider; it connects on the first call that a resource makes."""
    api = OvhApi(**{name: inputs.get(key) for key, name in _CONNECTION_INPUTS.items()})
    functions = {
        "ovh:CloudProject/getCapabilitiesContainerFilter:getCapabilitiesContainerFilter": registry_capabilities(api)
    }
    return DeclaredProvider("ovh", [resource(api) for resource in RESOURCE_TYPES], functions, pace=pace)
