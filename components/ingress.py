"""The ingress controller (Traefik), behind the load balancer that the cloud's foundation made."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.chart_values import release_values
from components.charts import ChartCatalog
from components.clouds import Foundation
from components.releases import declare_release
from components.value_layers import ValueLayers
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import ingress_release


class Ingress(pulumi.ComponentResource):
    """Traefik in a namespace of its own; its Service adopts the load balancer."""

    release: kubernetes.helm.v3.Release

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        foundation: Foundation,
        charts: ChartCatalog,
        layers: ValueLayers,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:kubernetes:Ingress", name, None, opts)
        plan = ingress_release(settings, foundation.load_balancer_id)
        chart = charts.choose(plan.chart)
        values = release_values(chart, layers, plan)
        namespace = kubernetes.core.v1.Namespace(
            "namespace", metadata={"name": plan.namespace}, opts=pulumi.ResourceOptions(parent=self)
        )
        self.release = declare_release(
            self,
            chart,
            release_name=plan.name,
            namespace=namespace.metadata.name,
            values=values,
            depends_on=[*foundation.nodes_ready, *foundation.load_balancer_ready],
        )
        self.register_outputs({"release": self.release.name})
