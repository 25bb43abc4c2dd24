"""The BinderHub chart's values that follow from settings and from other resources; `jupyterhub` is its subchart.

What the registry part must hold is in docs of BinderHub and Harbor: the image prefix has no scheme but a project; the
token URL names Harbor's own service first, since BinderHub appends another one and Harbor takes the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubwright.core.errors import ConfigError
from hubwright.core.hub_values import HubSecrets, RegistryAccess, Value, ingress_block, jupyterhub_values
from hubwright.core.node_roles import PURPOSE_LABEL
from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import PoolPurpose, RegistrySettings

HARBOR_SERVICE = "harbor-registry"
"""The audience of Harbor's tokens."""

Derive = Callable[[Callable[[str], str], Value], Value]
"""Applies a function of a string to a value that may not be known yet."""


def binderhub_values(
    settings: Settings, secrets: HubSecrets, registry: RegistryAccess, *, derive: Derive
) -> dict[str, Any]:
    """The computed values of the BinderHub chart. Raises ConfigError for settings without registry or binder host."""
    if settings.registry is None or settings.dns.binder_host is None:
        raise ConfigError("a BinderHub needs the settings registry and dns.binderHost")
    jupyterhub = jupyterhub_values(settings, secrets, registry)
    jupyterhub["hub"]["services"] = {"binder": {"apiToken": secrets.binder_token}}
    return {
        "config": _config(settings, settings.registry, registry, derive),
        "registry": {"url": registry.url, "username": registry.username, "password": registry.password},
        "replicas": 1 if settings.hub.profile == "small" else 2,
        "service": {"type": "ClusterIP"},
        "ingress": ingress_block(settings, settings.dns.binder_host),
        "jupyterhub": jupyterhub,
    }


def image_prefix(host: str, registry: RegistrySettings) -> str:
    """The beginning of the names of built images, such as `HOST/library/binder-`."""
    return f"{host}/{registry.project}/{registry.image_prefix}"


def token_url(registry_url: str) -> str:
    """Where BinderHub gets Harbor's tokens; the service in the query must be the first of its name."""
    return f"{registry_url}/service/token?service={HARBOR_SERVICE}"


def _config(settings: Settings, wanted: RegistrySettings, registry: RegistryAccess, derive: Derive) -> dict[str, Any]:
    binder: dict[str, Any] = {
        "use_registry": True,
        "image_prefix": derive(lambda host: image_prefix(host, wanted), registry.host),
        "hub_url": f"{settings.ingress.scheme}://{settings.dns.hub_host}/",
        "banned_specs": list(settings.hub.banned_repositories),
    }
    if settings.pools_for(PoolPurpose.BUILD):
        binder["build_node_selector"] = {PURPOSE_LABEL: PoolPurpose.BUILD.value}
    return {
        "BinderHub": binder,
        "KubernetesBuildExecutor": {"memory_limit": settings.hub.build_memory},
        "DockerRegistry": {"url": registry.url, "token_url": derive(token_url, registry.url)},
    }
