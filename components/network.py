"""The private network of a stack: network, subnet, and the gateway that leads out of it."""

from __future__ import annotations

import pulumi
import pulumi_ovh as ovh

from hubwright.core.naming import resource_name
from hubwright.core.settings import Settings
from hubwright.core.sizing import address_pool


class PrivateNetwork(pulumi.ComponentResource):
    """Network, subnet and gateway in one region.

    `network_id` is the OpenStack UUID in that region, which the cluster and the load balancer want, not OVH's own
    `pn-…` id. `gateway` is what a load balancer with a public address has to wait for.
    """

    network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    gateway: ovh.cloudproject.Gateway

    def __init__(
        self, name: str, *, settings: Settings, stack: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hubwright:cloud:PrivateNetwork", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        region, service_name = settings.cloud.region, settings.cloud.service_name
        network = ovh.cloudproject.NetworkPrivate(
            "network",
            name=resource_name(stack, "network"),
            regions=[region],
            service_name=service_name,
            vlan_id=settings.network.vlan_id,
            opts=child,
        )
        pool = address_pool(settings.network.cidr)
        subnet = ovh.cloudproject.NetworkPrivateSubnet(
            "subnet",
            network_id=network.id,
            region=region,
            service_name=service_name,
            network=settings.network.cidr,
            start=pool.start,
            end=pool.end,
            dhcp=True,
            no_gateway=False,
            opts=child,
        )
        self.network_id = network.regions_openstack_ids.apply(lambda ids: ids[region])
        self.subnet_id = subnet.id
        self.gateway = ovh.cloudproject.Gateway(
            "gateway",
            name=resource_name(stack, "gateway"),
            model=settings.network.gateway_model,
            region=region,
            service_name=service_name,
            network_id=self.network_id,
            subnet_id=subnet.id,
            opts=child,
        )
        self.register_outputs({"networkId": self.network_id, "subnetId": self.subnet_id})
