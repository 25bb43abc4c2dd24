"""What the cloud controller needs of OpenStack: a port, and the real thing on openstacksdk behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from hubwright.core.errors import ApiError

_MESSAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class OctaviaLoadBalancer:
    """A load balancer as far as a Service is concerned; `floating_ip` is None while its VIP has none."""

    id: str
    name: str
    provisioning_status: str
    vip_address: str
    floating_ip: str | None = None


class OpenStackAccess(Protocol):
    """Octavia load balancers and their floating IPs. Every method raises ApiError when OpenStack fails or is away."""

    def get_load_balancer(self, load_balancer_id: str) -> OctaviaLoadBalancer | None:
        """Return the load balancer with this id, None when there is none."""

    def find_load_balancer(self, name: str) -> OctaviaLoadBalancer | None:
        """Return the load balancer with this name, None when there is none."""

    def create_load_balancer(self, name: str, *, subnet_id: str) -> OctaviaLoadBalancer:
        """Start to create a load balancer; it is not ACTIVE yet."""

    def create_floating_ip(self, load_balancer: OctaviaLoadBalancer, *, network: str) -> str:
        """Give the load balancer's VIP a floating IP of the external `network` (its name) and return the address."""

    def delete_load_balancer(self, load_balancer: OctaviaLoadBalancer, *, keep_floating_ip: bool) -> None:
        """Start to delete a load balancer with all its parts, and its floating IP unless that is to be kept."""


class SdkOpenStackAccess:
    """OpenStack through openstacksdk. `connect` makes the connection on first use, so that a late cloud is no fault."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._connection: Any = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SdkOpenStackAccess:
        """Connect with a password, as the OS_* variables say; raises nothing before the first call."""

        def connect() -> Any:
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

        return cls(connect)

    def get_load_balancer(self, load_balancer_id: str) -> OctaviaLoadBalancer | None:
        """See OpenStackAccess."""
        return self._look_up(load_balancer_id)

    def find_load_balancer(self, name: str) -> OctaviaLoadBalancer | None:
        """See OpenStackAccess."""
        return self._look_up(name)

    def create_load_balancer(self, name: str, *, subnet_id: str) -> OctaviaLoadBalancer:
        """See OpenStackAccess."""
        with self._cloud("create a load balancer") as cloud:
            found = cloud.load_balancer.create_load_balancer(name=name, vip_subnet_id=subnet_id)
            return OctaviaLoadBalancer(found.id, found.name, found.provisioning_status, found.vip_address)

    def create_floating_ip(self, load_balancer: OctaviaLoadBalancer, *, network: str) -> str:
        """See OpenStackAccess."""
        with self._cloud("create a floating IP") as cloud:
            found = cloud.load_balancer.get_load_balancer(load_balancer.id)
            external = cloud.network.find_network(network, ignore_missing=False)
            created = cloud.network.create_ip(floating_network_id=external.id, port_id=found.vip_port_id)
            return str(created.floating_ip_address)

    def delete_load_balancer(self, load_balancer: OctaviaLoadBalancer, *, keep_floating_ip: bool) -> None:
        """See OpenStackAccess."""
        with self._cloud("delete a load balancer") as cloud:
            found = cloud.load_balancer.get_load_balancer(load_balancer.id)
            if not keep_floating_ip:
                for address in cloud.network.ips(port_id=found.vip_port_id):
                    cloud.network.delete_ip(address)
            cloud.load_balancer.delete_load_balancer(found, cascade=True)

    def _look_up(self, name_or_id: str) -> OctaviaLoadBalancer | None:
        with self._cloud("read a load balancer") as cloud:
            found = cloud.load_balancer.find_load_balancer(name_or_id)
            if found is None or found.provisioning_status == "DELETED":
                return None
            addresses = cloud.network.ips(port_id=found.vip_port_id) if found.vip_port_id else ()
            floating_ip = next((str(address.floating_ip_address) for address in addresses), None)
            return OctaviaLoadBalancer(found.id, found.name, found.provisioning_status, found.vip_address, floating_ip)

    @contextmanager
    def _cloud(self, action: str) -> Iterator[Any]:
        """Yield the connection; what openstacksdk or keystoneauth raise becomes ApiError, its text cut."""
        from keystoneauth1.exceptions import ClientException
        from openstack.exceptions import SDKException

        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
        except (SDKException, ClientException) as error:
            status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
            text = (str(error).splitlines() or [type(error).__name__])[0][:_MESSAGE_LIMIT]
            raise ApiError(f"OpenStack could not {action}: {text}", status=status) from error
