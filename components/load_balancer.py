"""The public load balancer: ours, so that its address is known early and outlives the cluster behind it."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from components.network import PrivateNetwork
from hubwright.core.naming import resource_name
from hubwright.core.settings import Settings


class PublicLoadBalancer(pulumi.ComponentResource):
    """An Octavia load balancer in the private network with a floating IP; the ingress Service adopts it."""

    load_balancer_id: pulumi.Output[str]
    address: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        stack: str,
        network: PrivateNetwork,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:PublicLoadBalancer", name, None, opts)
        # Without a router on the subnet neither the balancer nor its floating IP can be reached.
        child = pulumi.ResourceOptions(parent=self, depends_on=[network.gateway])
        balancer = openstack.loadbalancer.LoadBalancer(
            "load-balancer",
            name=resource_name(stack, "ingress"),
            description=f"Ingress of the hubwright stack {stack}",
            region=settings.cloud.region,
            flavor_id=settings.load_balancer.flavor_id,
            vip_subnet_id=network.subnet_id,
            opts=child,
        )
        floating_ip = openstack.networking.FloatingIp(
            "floating-ip",
            pool=settings.network.external_network,
            region=settings.cloud.region,
            port_id=balancer.vip_port_id,
            description=f"Ingress of the hubwright stack {stack}",
            opts=child,
        )
        self.load_balancer_id = balancer.id
        self.address = floating_ip.address
        self.register_outputs({"loadBalancerId": self.load_balancer_id, "address": self.address})
