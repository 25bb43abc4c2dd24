"""The embedded engine's provider for the `kubernetes` package."""

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import Provider
from hubwright.engine.providers.kubernetes.cluster_identity import replacing_inputs
from hubwright.engine.providers.kubernetes.provider import KubernetesProvider

__all__ = ["KubernetesProvider", "create_provider", "replacing_inputs"]


def create_provider(inputs: PropertyMap) -> Provider:
    """Build the provider from its inputs: `kubeconfig` (text or path), `context`, `namespace` and the switches."""
    return KubernetesProvider(inputs)
