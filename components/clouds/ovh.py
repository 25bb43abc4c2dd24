"""OVHcloud: Managed Kubernetes, Managed Private Registry, Octavia and the DNS of the OVHcloud account.

Registry, load balancer and DNS records do not depend on the cluster, so they are made while it is.
"""

from __future__ import annotations

from components.clouds import Foundation
from components.cluster import ManagedCluster
from components.dns import DnsRecords
from components.load_balancer import PublicLoadBalancer
from components.network import PrivateNetwork
from components.node_pools import NodePools
from components.registry import ContainerRegistry
from hubwright.core.settings import Settings


class OvhCloud:
    """The OVHcloud Public Cloud project that the environment or the setting `cloud.serviceName` names."""

    name = "ovh"

    def lay_foundation(self, settings: Settings, stack: str) -> Foundation:
        """Declares everything under the hub; see `CloudPlatform`."""
        network = PrivateNetwork("network", settings=settings, stack=stack)
        balancer = PublicLoadBalancer("load-balancer", settings=settings, stack=stack, network=network)
        records = DnsRecords("dns", dns=settings.dns, address=balancer.address)
        registry = self._registry(settings, stack)
        cluster = ManagedCluster("cluster", settings=settings, stack=stack, network=network)
        pools = NodePools("node-pools", settings=settings, cluster_id=cluster.cluster_id)
        return Foundation(
            cluster_id=cluster.cluster_id,
            kubeconfig=cluster.kubeconfig,
            nodes_ready=pools.ready,
            load_balancer_id=balancer.load_balancer_id,
            load_balancer_address=balancer.address,
            load_balancer_ready=(balancer,),
            registry=registry.access if registry else None,
            registry_ready=(registry,) if registry else (),
            dns_records=records.records,
        )

    def _registry(self, settings: Settings, stack: str) -> ContainerRegistry | None:
        if settings.registry is None:
            return None
        return ContainerRegistry(
            "registry", registry=settings.registry, cloud=settings.cloud, stack=stack, protect=settings.protect
        )
