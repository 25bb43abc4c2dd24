"""The `openstack` package for the embedded engine: Neutron and Octavia resource types that the program uses.

Nothing heavy is imported, and no call is made, before the first resource needs one.
"""

from __future__ import annotations

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import Provider


def create_provider(inputs: PropertyMap) -> Provider:
    """Return a provider for the inputs of `pulumi:providers:openstack`; what they lack comes from OS_*."""
    from hubwright.engine.providers.openstack.provider import build_provider

    return build_provider(inputs)
