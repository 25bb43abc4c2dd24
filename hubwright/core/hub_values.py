"""The JupyterHub chart's values that follow from settings and from other resources.

Secrets and addresses come in as `Value`: plain strings in a test, not yet known outputs in the program. They are put
into place, never looked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubwright.core.chart_values.jupyterhub import (
    AuthenticatorTraits,
    Chp,
    Cpu,
    CryptKeeper,
    Cull,
    EgressRules,
    Enabled,
    HttpRoute,
    Hub,
    HubConfig,
    ImagePullSecret,
    Ingress,
    JupyterHubTraits,
    JupyterHubValues,
    Memory,
    NativeTraits,
    NetworkPolicy,
    NodeAffinity,
    ParentRef,
    Placement,
    Proxy,
    Scheduling,
    Service,
    SingleUser,
    Storage,
    TlsHosts,
    UserPlaceholder,
    UserScheduler,
)
from hubwright.core.chart_values.section import Value, given
from hubwright.core.quantities import memory_bytes
from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import PoolPurpose
from hubwright.core.sizing import active_server_limit, placeholder_count

INGRESS_CLASS = "traefik"

MINIMUM_PASSWORD_LENGTH = 10

_NATIVE_LOGIN = """\
import os
import nativeauthenticator
c.JupyterHub.template_paths = [os.path.join(os.path.dirname(nativeauthenticator.__file__), "templates")]
"""
"""The pages of the native login, wherever the hub's image keeps the package."""


@dataclass(frozen=True)
class HubSecrets:
    """What the chart would otherwise make up anew; each 32 random bytes in hexadecimal."""

    proxy_token: Value
    cookie_secret: Value
    crypt_key: Value
    binder_token: Value


@dataclass(frozen=True)
class RegistryAccess:
    """How to reach the container registry. `host` is the registry's address without `https://`.

    `username` pushes and pulls, for builds; `pull_username` only pulls, for user pods.
    """

    url: Value
    host: Value
    username: Value
    password: Value
    pull_username: Value
    pull_password: Value


def jupyterhub_values(settings: Settings, secrets: HubSecrets, registry: RegistryAccess | None) -> dict[str, Any]:
    """The computed values of the JupyterHub chart."""
    return jupyterhub_model(settings, secrets, registry).to_values()


def jupyterhub_model(
    settings: Settings, secrets: HubSecrets, registry: RegistryAccess | None, *, hub: Hub | None = None
) -> JupyterHubValues:
    """The same as a model; a BinderHub gives its own `hub`."""
    return given(
        JupyterHubValues,
        hub=hub or Hub(**hub_fields(settings, secrets)),
        proxy=Proxy(
            secret_token=secrets.proxy_token,
            service=Service(type="ClusterIP"),
            chp=Chp(network_policy=NetworkPolicy(enabled=True)),
        ),
        singleuser=_singleuser(settings),
        scheduling=_scheduling(settings),
        cull=_cull(settings),
        ingress=ingress_model(settings, settings.dns.hub_host),
        http_route=route_model(settings, settings.dns.hub_host),
        image_pull_secret=_pull_secret(registry) if registry is not None else None,
    )


def ingress_model(settings: Settings, host: str) -> Ingress | None:
    """The `ingress` value, which both charts understand, for one host; None where a Gateway takes its place."""
    if settings.ingress.gateway is not None:
        return None
    secret = settings.ingress.tls_secret
    tls = [TlsHosts(secret_name=secret, hosts=[host])] if secret is not None else None
    return given(Ingress, enabled=True, ingress_class_name=INGRESS_CLASS, hosts=[host], tls=tls)


def route_model(settings: Settings, host: str) -> HttpRoute | None:
    """The `httpRoute` value, which both charts understand, for one host; None without a Gateway."""
    gateway = settings.ingress.gateway
    if gateway is None:
        return None
    parent = ParentRef(name=gateway.name, namespace=gateway.namespace, section_name=gateway.listener)
    return HttpRoute(enabled=True, hostnames=[host], parent_refs=[parent])


def hub_fields(settings: Settings, secrets: HubSecrets) -> dict[str, Any]:
    """The fields of the hub's own pod, for `Hub`."""
    native = settings.hub.authentication == "native"
    fields: dict[str, Any] = {
        "cookie_secret": secrets.cookie_secret,
        "config": _hub_config(settings, secrets),
        "active_server_limit": active_server_limit(settings.pools_for(PoolPurpose.USER), settings.hub.users),
        "network_policy": NetworkPolicy(enabled=True),
    }
    return {**fields, "extra_config": {"20-native-login": _NATIVE_LOGIN}} if native else fields


def _hub_config(settings: Settings, secrets: HubSecrets) -> HubConfig:
    native = settings.hub.authentication == "native"
    admins = list(settings.hub.admins) or None
    return given(
        HubConfig,
        crypt_keeper=CryptKeeper(keys=[secrets.crypt_key]),
        jupyterhub=JupyterHubTraits(authenticator_class="native") if native else None,
        # The native login lets nobody in whom an admin has not approved; JupyterHub 5 itself must let them pass.
        authenticator=given(AuthenticatorTraits, admin_users=admins, allow_all=True if native else None)
        if native or admins
        else None,
        native=NativeTraits(
            open_signup=False, minimum_password_length=MINIMUM_PASSWORD_LENGTH, check_common_password=True
        )
        if native
        else None,
    )


def _singleuser(settings: Settings) -> SingleUser:
    users = settings.hub.users
    storage = Storage(type="none") if users.storage is None else Storage(type="dynamic", capacity=users.storage)
    return SingleUser(
        memory=Memory(guarantee=memory_bytes(users.memory_guarantee), limit=memory_bytes(users.memory_limit)),
        cpu=Cpu(guarantee=users.cpu_guarantee, limit=users.cpu_limit),
        storage=storage,
        network_policy=NetworkPolicy(
            enabled=True,
            # Whatever runs in a notebook: the cloud's metadata, which holds credentials, is closed to all.
            egress_allow_rules=EgressRules(cloud_metadata_server=False, private_ips=users.private_networks),
        ),
    )


def _scheduling(settings: Settings) -> Scheduling:
    replicas = placeholder_count(settings.pools_for(PoolPurpose.USER), settings.hub.users)
    required = Placement(node_affinity=NodeAffinity(match_node_purpose="require"))
    return Scheduling(
        user_scheduler=UserScheduler(enabled=True, replicas=settings.hub.replicas),
        pod_priority=Enabled(enabled=replicas > 0),
        user_placeholder=UserPlaceholder(enabled=replicas > 0, replicas=replicas),
        core_pods=required,
        user_pods=required,
    )


def _cull(settings: Settings) -> Cull:
    culling = settings.hub.culling
    return Cull(
        enabled=culling.enabled,
        # Visitors without a name have no reason to stay in the database; people with one have.
        users=settings.hub.authentication == "anonymous",
        timeout=culling.idle_s,
        every=culling.every_s,
        max_age=culling.max_age_s,
    )


def _pull_secret(registry: RegistryAccess) -> ImagePullSecret:
    return ImagePullSecret(
        create=True,
        automatic_reference_injection=True,
        registry=registry.url,
        username=registry.pull_username,
        password=registry.pull_password,
    )
