"""The JupyterHub chart's values that follow from settings and from other resources.

Secrets and addresses come in as `Value`: plain strings in a test, not yet known outputs in the program. They are put
into place, never looked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import PoolPurpose
from hubwright.core.sizing import active_server_limit, placeholder_count

Value = Any
"""A string that may not be known yet."""

INGRESS_CLASS = "traefik"


@dataclass(frozen=True)
class HubSecrets:
    """What the chart would otherwise make up anew; each 32 random bytes in hexadecimal."""

    proxy_token: Value
    cookie_secret: Value
    crypt_key: Value
    binder_token: Value


@dataclass(frozen=True)
class RegistryAccess:
    """How to reach the container registry. `host` is the registry's address without `https://`."""

    url: Value
    host: Value
    username: Value
    password: Value


def jupyterhub_values(settings: Settings, secrets: HubSecrets, registry: RegistryAccess | None) -> dict[str, Any]:
    """The computed values of the JupyterHub chart."""
    values = {
        "hub": _hub(settings, secrets),
        "proxy": {"secretToken": secrets.proxy_token, "service": {"type": "ClusterIP"}},
        "singleuser": _singleuser(settings),
        "scheduling": _scheduling(settings),
        "ingress": ingress_block(settings, settings.dns.hub_host),
        "cull": _cull(settings),
    }
    if registry is not None:
        values["imagePullSecret"] = {
            "create": True,
            "automaticReferenceInjection": True,
            "registry": registry.url,
            "username": registry.username,
            "password": registry.password,
        }
    return values


def ingress_block(settings: Settings, host: str) -> dict[str, Any]:
    """The `ingress` value, which both charts understand, for one host."""
    block: dict[str, Any] = {"enabled": True, "ingressClassName": INGRESS_CLASS, "hosts": [host]}
    if settings.ingress.tls_secret is not None:
        block["tls"] = [{"secretName": settings.ingress.tls_secret, "hosts": [host]}]
    return block


def _hub(settings: Settings, secrets: HubSecrets) -> dict[str, Any]:
    pools = settings.pools_for(PoolPurpose.USER)
    return {
        "cookieSecret": secrets.cookie_secret,
        "config": {"CryptKeeper": {"keys": [secrets.crypt_key]}},
        "activeServerLimit": active_server_limit(pools, settings.hub.users),
    }


def _singleuser(settings: Settings) -> dict[str, Any]:
    users = settings.hub.users
    values: dict[str, Any] = {
        "memory": {"guarantee": users.memory_guarantee, "limit": users.memory_limit},
        "cpu": {"guarantee": users.cpu_guarantee, "limit": users.cpu_limit},
    }
    if users.storage is None:
        values["storage"] = {"type": "none"}
    else:
        values["storage"] = {"type": "dynamic", "capacity": users.storage}
    return values


def _scheduling(settings: Settings) -> dict[str, Any]:
    small = settings.hub.profile == "small"
    replicas = placeholder_count(settings.pools_for(PoolPurpose.USER), settings.hub.users)
    return {
        "userScheduler": {"enabled": True, "replicas": 1 if small else 2},
        "podPriority": {"enabled": replicas > 0},
        "userPlaceholder": {"enabled": replicas > 0, "replicas": replicas},
        "corePods": {"nodeAffinity": {"matchNodePurpose": "require"}},
        "userPods": {"nodeAffinity": {"matchNodePurpose": "require"}},
    }


def _cull(settings: Settings) -> dict[str, Any]:
    culling = settings.hub.culling
    return {
        "enabled": culling.enabled,
        "timeout": culling.idle_s,
        "every": culling.every_s,
        "maxAge": culling.max_age_s,
    }
