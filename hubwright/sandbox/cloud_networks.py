"""Behind the OVH API's networks: real Neutron objects, so that their ids are good for OpenStack resources too."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hubwright.sandbox.ovh.ports import GatewayParts, PortsInUseError, RefusedError, SubnetSpec

EXTERNAL_NETWORK = "Ext-Net"
_INTERFACE_OWNER = "network:router_interface"


class NeutronNetworks:
    """Implements the OVH API's NetworkBackend; `environment` holds OS_* variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._connection: Any = None
        self._lock = threading.Lock()

    def create_network(self, name: str) -> str:
        """Create a network."""
        return str(self._neutron.create_network(name=name).id)

    def delete_network(self, network_id: str) -> None:
        """Delete a network."""
        self._neutron.delete_network(network_id, ignore_missing=True)

    def network_exists(self, network_id: str) -> bool:
        """Look a network up."""
        return self._neutron.find_network(network_id) is not None

    def create_subnet(self, network_id: str, spec: SubnetSpec) -> str:
        """Create a subnet."""
        with _refusals():
            subnet = self._neutron.create_subnet(
                network_id=network_id,
                ip_version=4,
                cidr=spec.cidr,
                enable_dhcp=spec.dhcp,
                gateway_ip=spec.gateway_ip,
                allocation_pools=[{"start": spec.start, "end": spec.end}],
            )
        return str(subnet.id)

    def delete_subnet(self, subnet_id: str) -> None:
        """Delete a subnet."""
        from openstack.exceptions import ConflictException

        try:
            self._neutron.delete_subnet(subnet_id, ignore_missing=True)
        except ConflictException as error:
            raise PortsInUseError(subnet_id) from error

    def subnet_exists(self, subnet_id: str) -> bool:
        """Look a subnet up."""
        return self._neutron.find_subnet(subnet_id) is not None

    def create_gateway(self, name: str, network_id: str, subnet_id: str) -> GatewayParts:
        """Create a router; where the subnet has no gateway address, any free one will do, as on OVH."""
        neutron = self._neutron
        external = neutron.find_network(EXTERNAL_NETWORK, ignore_missing=False)
        router = neutron.create_router(name=name, external_gateway_info={"network_id": external.id})
        try:
            if neutron.get_subnet(subnet_id).gateway_ip:
                neutron.add_interface_to_router(router, subnet_id=subnet_id)
            else:
                port = neutron.create_port(network_id=network_id, fixed_ips=[{"subnet_id": subnet_id}])
                neutron.add_interface_to_router(router, port_id=port.id)
        except Exception:
            # Half a gateway would stay behind unseen.
            neutron.delete_router(router, ignore_missing=True)
            raise
        interface = next(iter(neutron.ports(device_id=router.id, device_owner=_INTERFACE_OWNER)))
        outside = (neutron.get_router(router.id).external_gateway_info or {}).get("external_fixed_ips", [])
        return GatewayParts(
            id=router.id,
            interface_id=interface.id,
            interface_ip=interface.fixed_ips[0]["ip_address"],
            network_id=network_id,
            external_network_id=external.id,
            external_ips=[(address["ip_address"], address["subnet_id"]) for address in outside],
        )

    def delete_gateway(self, gateway_id: str) -> None:
        """Delete a router after its interfaces."""
        router = self._neutron.find_router(gateway_id)
        if router is None:
            return
        for port in list(self._neutron.ports(device_id=gateway_id, device_owner=_INTERFACE_OWNER)):
            self._neutron.remove_interface_from_router(router, port_id=port.id)
        self._neutron.delete_router(router, ignore_missing=True)

    @property
    def _neutron(self) -> Any:
        with self._lock:
            if self._connection is None:
                self._connection = _connect(self._environment)
            return self._connection.network


def _connect(environment: Mapping[str, str]) -> Any:
    # openstacksdk takes its time to import, and the first call comes late.
    import openstack

    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        auth_url=environment["OS_AUTH_URL"],
        username=environment["OS_USERNAME"],
        password=environment["OS_PASSWORD"],
        project_id=environment["OS_PROJECT_ID"],
        user_domain_name=environment["OS_USER_DOMAIN_NAME"],
        region_name=environment["OS_REGION_NAME"],
    )


@contextmanager
def _refusals() -> Iterator[None]:
    from openstack.exceptions import BadRequestException, ConflictException

    try:
        yield
    except (BadRequestException, ConflictException) as error:
        raise RefusedError(str(error.details or error)[:200]) from error
