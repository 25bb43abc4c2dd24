"""The managed Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_ovh as ovh

from components.network import PrivateNetwork
from hubwright.core.naming import resource_name
from hubwright.core.settings import Settings


class ManagedCluster(pulumi.ComponentResource):
    """A cluster in a private network. `kubeconfig` is secret."""

    cluster_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        stack: str,
        network: PrivateNetwork,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:ManagedCluster", name, None, opts)
        wanted = settings.cluster
        cluster = ovh.cloudproject.Kube(
            "cluster",
            name=resource_name(stack, "cluster"),
            region=settings.cloud.region,
            service_name=settings.cloud.service_name,
            version=wanted.version,
            plan=wanted.plan,
            update_policy=wanted.update_policy,
            private_network_id=network.network_id,
            nodes_subnet_id=network.subnet_id,
            customization_apiservers=_api_server(wanted.disabled_admission_plugins),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[network.gateway], protect=settings.protect),
        )
        self.cluster_id = cluster.id
        self.kubeconfig = pulumi.Output.secret(cluster.kubeconfig)
        self.register_outputs({"clusterId": self.cluster_id, "kubeconfig": self.kubeconfig})


def _api_server(disabled: Sequence[str]) -> list[ovh.cloudproject.KubeCustomizationApiserverArgs] | None:
    """Admission plugins; NodeRestriction always stays on. Nothing disabled: the cloud's default."""
    if not disabled:
        return None
    plugins = ovh.cloudproject.KubeCustomizationApiserverAdmissionpluginArgs(
        disableds=list(disabled), enableds=["NodeRestriction"]
    )
    return [ovh.cloudproject.KubeCustomizationApiserverArgs(admissionplugins=[plugins])]
