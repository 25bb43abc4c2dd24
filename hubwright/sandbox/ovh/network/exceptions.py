"""Errors of the private network service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.errors import BadRequestError, ConflictError, NotFoundError


class NetworkNotFoundError(NotFoundError):
    """No such network in the project."""

    def __init__(self, network_id: str) -> None:
        super().__init__(f"Network {network_id} does not exist")


class SubnetNotFoundError(NotFoundError):
    """No such subnet in the network."""

    def __init__(self, subnet_id: str) -> None:
        super().__init__(f"Subnet {subnet_id} does not exist")


class VlanTakenError(ConflictError):
    """VLAN ids are unique in a project."""

    def __init__(self, vlan_id: int) -> None:
        super().__init__(f"VLAN {vlan_id} is already used by another network of this project")


class NetworkInUseError(ConflictError):
    """The network still has subnets or clusters."""

    def __init__(self, network_id: str) -> None:
        super().__init__(f"Network {network_id} is still in use: delete its subnets and clusters first")


class NetworkBusyError(ConflictError):
    """The network is not ACTIVE in the region."""

    def __init__(self, network_id: str, region: str) -> None:
        super().__init__(f"Network {network_id} is not active in region {region}")


class SubnetPortsError(BadRequestError):
    """A subnet goes last; the provider waits and tries again on this very status."""

    def __init__(self, subnet_id: str) -> None:
        super().__init__(
            f"Unable to complete operation on subnet {subnet_id}: "
            "One or more ports have an IP allocation from this subnet."
        )


class AddressRangeError(BadRequestError):
    """The range does not lie in the subnet's network."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid address range: {reason}")
