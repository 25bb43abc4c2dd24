"""The NetworkPolicy of image builds, which the BinderHub chart does not have.

A build runs what strangers wrote: it reaches the Internet, to clone, install and push, and neither the cluster's
networks nor the cloud's metadata, which hold credentials. Nobody reaches it: builders listen on a socket of their node.
"""

from __future__ import annotations

from typing import Any

from hubwright.core.settings import Settings

NAME = "image-builds"

COMPONENTS = ("binderhub-build", "dind", "pink")
"""The label `component` of build pods, which BinderHub makes, and of the builders of its chart."""

PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
METADATA_SERVICE = "169.254.169.254/32"


def build_policy(settings: Settings) -> dict[str, Any] | None:
    """The manifest; None for a hub that builds nothing."""
    if settings.hub.kind != "binderhub":
        return None
    closed = [METADATA_SERVICE, *(() if settings.hub.builds.private_networks else PRIVATE_NETWORKS)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME, "namespace": settings.hub.namespace},
        "spec": {
            "podSelector": {
                "matchExpressions": [{"key": "component", "operator": "In", "values": list(COMPONENTS)}],
            },
            "policyTypes": ["Ingress", "Egress"],
            "egress": [
                {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": closed}}]},
                {"ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]},
            ],
        },
    }
