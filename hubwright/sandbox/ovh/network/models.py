"""Private networks and their subnets (v1): BUILDING → ACTIVE → DELETING → gone; each is a real Neutron object below."""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.network.exceptions import (
    AddressRangeError,
    NetworkBusyError,
    NetworkInUseError,
    NetworkNotFoundError,
    SubnetNotFoundError,
    SubnetPortsError,
    VlanTakenError,
)
from hubwright.sandbox.ovh.ports import NetworkBackend, PortsInUseError, RefusedError, SubnetSpec
from hubwright.sandbox.ovh.project.models import ProjectBackend

CREATE_S, DELETE_S = 20.0, 10.0
"""Modelled durations on the real cloud."""

_LARGEST_VLAN = 4000


class NetworkRequest(BaseModel):
    """Body of a creation; no regions means all of them."""

    name: str = Field(min_length=1)
    vlanId: int = Field(0, ge=0, le=_LARGEST_VLAN)  # noqa: N815 the API's own spelling
    regions: list[str] = Field(default_factory=list)


class SubnetRequest(BaseModel):
    """Body of a subnet's creation; `network` is the CIDR."""

    network: ipaddress.IPv4Network
    start: ipaddress.IPv4Address
    end: ipaddress.IPv4Address
    region: str
    dhcp: bool = False
    noGateway: bool = False  # noqa: N815


class RegionNetwork(Entity):
    """The part of a network in one region."""

    region: str
    status: str
    openstack_id: str = ""


class Network(Entity):
    """A private network."""

    id: str
    name: str
    type: str = "private"
    vlan_id: int
    status: str
    regions: list[RegionNetwork]


class Subnet(Entity):
    """A subnet; its id is Neutron's."""

    id: str
    network_id: str = Field(exclude=True)
    region: str = Field(exclude=True)
    cidr: str
    gateway_ip: str | None
    dhcp_enabled: bool
    start: str = Field(exclude=True)
    end: str = Field(exclude=True)

    def wire(self) -> dict[str, Any]:
        """Return the API's form, in which the range is the only pool."""
        pool = {"network": self.cidr, "region": self.region, "dhcp": self.dhcp_enabled}
        return {**super().wire(), "ipPools": [{**pool, "start": self.start, "end": self.end}]}


class NetworkService:
    """The private networks of the project."""

    def __init__(self, platform: Platform, project: ProjectBackend, backend: NetworkBackend) -> None:
        self._platform = platform
        self._project = project
        self._backend = backend
        self._networks = platform.store.table("networks", Network)
        self._subnets = platform.store.table("subnets", Subnet)
        self.network_users: list[Callable[[str], bool]] = []
        self.subnet_users: list[Callable[[str], bool]] = []
        """Asked with an OpenStack id before anything is deleted."""

    def create(self, request: NetworkRequest) -> Network:
        """Accept a creation. Raises VlanTakenError, UnknownRegionError."""
        regions = [self._project.require_region(region) for region in request.regions or self._project.regions]
        # "pn-<number of the vRack>_<VLAN>" on the real cloud.
        number = 100_000 + zlib.crc32(self._project.id.encode()) % 900_000
        network_id = f"pn-{number}_{request.vlanId}"
        with self._platform.store.lock:
            if self._networks.get(network_id):
                raise VlanTakenError(request.vlanId)
            building = [RegionNetwork(region=region, status="BUILDING") for region in regions]
            network = Network(
                id=network_id, name=request.name, vlan_id=request.vlanId, status="BUILDING", regions=building
            )
            self._networks.put(network_id, network)
        self._build(network, CREATE_S)
        return network

    def get(self, network_id: str) -> Network:
        """Return the network. Raises NetworkNotFoundError."""
        network = self._networks.get(network_id)
        if network is None:
            raise NetworkNotFoundError(network_id)
        return network

    def all(self) -> list[Network]:
        """Return all networks."""
        return self._networks.all()

    def delete(self, network_id: str) -> None:
        """Accept a deletion. Raises NetworkInUseError."""
        network = self.get(network_id)
        used = any(user(region.openstack_id) for user in self.network_users for region in network.regions)
        if used or self.subnets(network_id):
            raise NetworkInUseError(network_id)
        self._networks.change(network_id, status="DELETING")
        self._delete_work(network)

    def create_subnet(self, network_id: str, request: SubnetRequest) -> Subnet:
        """Create a subnet at once. Raises AddressRangeError, NetworkBusyError."""
        _check_range(request)
        parts = [part for part in self.get(network_id).regions if part.region == request.region]
        if not parts or parts[0].status != "ACTIVE":
            raise NetworkBusyError(network_id, request.region)
        gateway = None if request.noGateway else str(request.network.network_address + 1)
        spec = SubnetSpec(str(request.network), str(request.start), str(request.end), request.dhcp, gateway)
        try:
            subnet_id = self._backend.create_subnet(parts[0].openstack_id, spec)
        except RefusedError as error:
            raise AddressRangeError(str(error)) from error
        subnet = Subnet(
            id=subnet_id,
            network_id=network_id,
            region=request.region,
            cidr=spec.cidr,
            gateway_ip=gateway,
            dhcp_enabled=spec.dhcp,
            start=spec.start,
            end=spec.end,
        )
        return self._subnets.put(subnet.id, subnet)

    def subnets(self, network_id: str) -> list[Subnet]:
        """Return the subnets of a network. Raises NetworkNotFoundError."""
        self.get(network_id)
        return [subnet for subnet in self._subnets.all() if subnet.network_id == network_id]

    def delete_subnet(self, network_id: str, subnet_id: str) -> None:
        """Delete a subnet at once. Raises SubnetPortsError while anything has an address in it."""
        if subnet_id not in {subnet.id for subnet in self.subnets(network_id)}:
            raise SubnetNotFoundError(subnet_id)
        if any(user(subnet_id) for user in self.subnet_users):
            raise SubnetPortsError(subnet_id)
        try:
            self._backend.delete_subnet(subnet_id)
        except PortsInUseError as error:
            raise SubnetPortsError(subnet_id) from error
        self._subnets.remove(subnet_id)

    def resume(self) -> None:
        """Finish what a restart interrupted."""
        for network in self.all():
            if network.status == "BUILDING":
                self._build(network, 0.0)
            elif network.status == "DELETING":
                self._delete_work(network)

    def _build(self, network: Network, delay_s: float) -> None:
        def work() -> list[RegionNetwork]:
            return [
                RegionNetwork(
                    region=part.region, status="ACTIVE", openstack_id=self._backend.create_network(network.name)
                )
                for part in network.regions
            ]

        self._platform.change_later(
            self._networks,
            network.id,
            service="network",
            delay_s=delay_s,
            work=work,
            done=lambda parts: {"status": "ACTIVE", "regions": parts},
        )

    def _delete_work(self, network: Network) -> None:
        def work() -> None:
            for part in network.regions:
                if part.openstack_id:
                    self._backend.delete_network(part.openstack_id)

        self._platform.remove_later(self._networks, network.id, delay_s=DELETE_S, work=work)


def _check_range(request: SubnetRequest) -> None:
    if request.start not in request.network or request.end not in request.network:
        raise AddressRangeError(f"{request.start}-{request.end} is not inside {request.network}")
    if request.start > request.end:
        raise AddressRangeError(f"{request.start} comes after {request.end}")
