"""The `ovh` package for the embedded engine: the OVHcloud resource types that the program uses.

Nothing heavy is imported, and no call is made, before the first resource needs one.
"""

from __future__ import annotations

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import Provider


def create_provider(inputs: PropertyMap) -> Provider:
    """Return a provider for the inputs of `pulumi:providers:ovh`; what they lack comes from OVH_*."""
    from hubwright.engine.providers.ovh.provider import build_provider

    return build_provider(inputs)
