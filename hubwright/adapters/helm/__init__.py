"""Helm: releases of one cluster, through pyhelm3 and the helm binary."""

from hubwright.adapters.helm.client import HelmClient, find_helm
from hubwright.adapters.helm.errors import ReleaseNotFoundError, ReleaseTimeoutError
from hubwright.adapters.helm.manifest import ObjectAddress, checksum, group_names, list_objects
from hubwright.adapters.helm.releases import ChartReference, ReleaseOptions, ReleaseState

__all__ = [
    "ChartReference",
    "HelmClient",
    "ObjectAddress",
    "ReleaseNotFoundError",
    "ReleaseOptions",
    "ReleaseState",
    "ReleaseTimeoutError",
    "checksum",
    "find_helm",
    "group_names",
    "list_objects",
]
