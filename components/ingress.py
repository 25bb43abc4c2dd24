"""The ingress controller (Traefik), behind the load balancer that the cloud's foundation made."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.chart_values import ValueLayers, release_values
from components.charts import ChartCatalog
from components.clouds import Foundation
from components.releases import declare_release
from hubwright.core.ingress_values import traefik_values
from hubwright.core.settings import Settings

CHART = "traefik"


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
        chart = charts.choose(CHART)
        values = release_values(chart, layers, traefik_values(settings, foundation.load_balancer_id))
        namespace = kubernetes.core.v1.Namespace(
            "namespace", metadata={"name": "ingress"}, opts=pulumi.ResourceOptions(parent=self)
        )
        self.release = declare_release(
            self,
            chart,
            release_name=CHART,
            namespace=namespace.metadata.name,
            values=values,
            depends_on=[*foundation.nodes_ready, *foundation.load_balancer_ready],
        )
        self.register_outputs({"release": self.release.name})
