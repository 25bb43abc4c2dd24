"""Take a kubeconfig apart, as the official plugin's `kubeconfigAttributes` does."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hubwright.core.errors import ResourceError


def kubeconfig_attributes(kubeconfig: str) -> list[dict[str, str]]:
    """Return one map with the first cluster's host and CA and the first user's certificate and key, all base64.

    Raises ResourceError, which never quotes the text, when one of them is missing.
    """
    try:
        document: Any = YAML(typ="safe", pure=True).load(kubeconfig)
        cluster = document["clusters"][0]["cluster"]
        user = document["users"][0]["user"]
        return [
            {
                "clientCertificate": user["client-certificate-data"],
                "clientKey": user["client-key-data"],
                "clusterCaCertificate": cluster["certificate-authority-data"],
                "host": cluster["server"],
            }
        ]
    except (YAMLError, KeyError, IndexError, TypeError):
        # No cause: the YAML library's message quotes the text, and with it the client's key.
        raise ResourceError("the cluster's kubeconfig is invalid: it lacks a cluster or a client certificate") from None
