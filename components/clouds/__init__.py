"""The seam between the hub and the cloud under it: one Protocol, one module for each cloud.

A cloud lays the foundation; ingress and hub stand on it and never ask which cloud it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from hubwright.core.hub_values import RegistryAccess
from hubwright.core.settings import Settings


@dataclass(frozen=True)
class Foundation:
    """What a cloud gives to the hub.

    `nodes_ready` are the resources to wait for before anything is scheduled; they fail when a node pool did.
    `load_balancer_ready` likewise stands for a load balancer that can be reached from outside.
    """

    cluster_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    nodes_ready: Sequence[pulumi.Input[pulumi.Resource]]
    load_balancer_id: pulumi.Output[str]
    load_balancer_address: pulumi.Output[str]
    load_balancer_ready: Sequence[pulumi.Resource]
    registry: RegistryAccess | None
    registry_ready: Sequence[pulumi.Resource]
    dns_records: pulumi.Output[dict[str, str]]


class CloudPlatform(Protocol):
    """A cloud that can carry a hub."""

    @property
    def name(self) -> str:
        """The name of its values layers, `charts-values/<chart>/<name>.yaml`."""

    def lay_foundation(self, settings: Settings, stack: str) -> Foundation:
        """Declares network, cluster, node pools, registry, load balancer and DNS records of a stack."""


def make_cloud(settings: Settings) -> CloudPlatform:
    """The platform that the settings ask for; only its SDK is imported."""
    from components.clouds.ovh import OvhCloud  # `ovh` is the only kind that the settings accept

    return OvhCloud()
