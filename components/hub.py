"""The JupyterHub, alone or inside a BinderHub, as one Helm release."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.chart_values import release_values
from components.charts import ChartCatalog
from components.clouds import Foundation
from components.releases import declare_release
from components.value_layers import ValueLayers
from hubwright.core.build_isolation import NAME
from hubwright.core.hub_values import HubSecrets
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import Facts, hub_release

KEY_BYTES = 32
"""The length of every key that JupyterHub wants."""


class Hub(pulumi.ComponentResource):
    """The hub's namespace, secrets and release.

    The secrets are resources of the stack: made once, kept in its state, never made anew by the chart.
    """

    namespace: pulumi.Output[str]
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
        super().__init__("hubwright:kubernetes:Hub", name, None, opts)
        facts = Facts(self._secrets(), foundation.registry, foundation.load_balancer_id)
        plan = hub_release(settings, facts, derive=lambda function, value: value.apply(function))
        chart = charts.choose(plan.chart)
        values = release_values(chart, layers, plan)
        namespace = kubernetes.core.v1.Namespace(
            "namespace", metadata={"name": plan.namespace}, opts=pulumi.ResourceOptions(parent=self)
        )
        self.namespace = namespace.metadata.name
        policies = [self._network_policy(manifest) for manifest in plan.beside]  # there is one, or none
        self.release = declare_release(
            self,
            chart,
            release_name=plan.name,
            namespace=self.namespace,
            values=values,
            depends_on=[
                *policies,
                *foundation.nodes_ready,
                *foundation.load_balancer_ready,
                *foundation.registry_ready,
            ],
        )
        self.register_outputs({"namespace": self.namespace, "release": self.release.name})

    def _network_policy(self, manifest: dict[str, Any]) -> kubernetes.networking.v1.NetworkPolicy:
        metadata: Any = {**manifest["metadata"], "namespace": self.namespace}
        return kubernetes.networking.v1.NetworkPolicy(
            NAME, metadata=metadata, spec=manifest["spec"], opts=pulumi.ResourceOptions(parent=self)
        )

    def _secrets(self) -> HubSecrets:
        return HubSecrets(
            proxy_token=self._key("proxy-token"),
            cookie_secret=self._key("cookie-secret"),
            crypt_key=self._key("crypt-key"),
            binder_token=self._key("binder-token"),
        )

    def _key(self, name: str) -> pulumi.Output[str]:
        key = random.RandomBytes(name, length=KEY_BYTES, opts=pulumi.ResourceOptions(parent=self))
        return pulumi.Output.secret(key.hex)
