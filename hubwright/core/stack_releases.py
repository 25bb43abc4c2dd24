"""The Helm releases of a stack, in order: which chart, where, and with which computed values.

One list for the program that deploys them and for the commands that render or check them, so that both always speak of
the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubwright.core.binder_values import Derive, binderhub_values
from hubwright.core.build_isolation import build_policy
from hubwright.core.chart_values.section import Value
from hubwright.core.errors import ConfigError, UsageError
from hubwright.core.hub_values import HubSecrets, RegistryAccess, jupyterhub_values
from hubwright.core.ingress_values import traefik_values
from hubwright.core.nearest import nearest_name
from hubwright.core.settings import Settings
from hubwright.core.values import Layer, StandIn

INGRESS_CHART = "traefik"
INGRESS_NAMESPACE = "ingress"
HUB_RELEASE = "hub"
OWN_VALUES = "hubwright:hub.values"
"""The name of the layer that a stack file holds itself."""


@dataclass(frozen=True)
class StackRelease:
    """One release. `computed` outranks every layer; `own` are the values of the stack file, just below it.

    `beside` are manifests that the chart lacks and the program makes, before the release.
    """

    name: str
    chart: str
    namespace: str
    computed: dict[str, Any]
    own: Layer | None = None
    profile: str | None = None
    beside: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What only the made cloud can say; each a `Value`."""

    secrets: HubSecrets
    registry: RegistryAccess | None
    load_balancer_id: Value


def stack_releases(settings: Settings, facts: Facts, *, derive: Derive) -> tuple[StackRelease, ...]:
    """List the releases, ingress first. Raises ConfigError when the settings and the facts do not fit."""
    return (ingress_release(settings, facts.load_balancer_id), hub_release(settings, facts, derive=derive))


def releases_without_cloud(settings: Settings) -> tuple[StackRelease, ...]:
    """List the releases for who only looks: what the cloud would say stands in by its type."""
    return stack_releases(settings, unknown_facts(settings), derive=derive_unknown)


def choose_releases(releases: Sequence[StackRelease], chart: str | None, *, stack: str) -> list[StackRelease]:
    """Return the release of a chart, by the chart's or its own name, or with None all. Raises UsageError for none."""
    chosen = [release for release in releases if chart in (None, release.chart, release.name)]
    if not chosen:
        names = [release.chart for release in releases]
        near = nearest_name(chart or "", names)
        hint = f"did you mean {near}?" if near else f"its charts are: {', '.join(names)}"
        raise UsageError(f"stack {stack} has no chart {chart}", hint=hint)
    return chosen


def ingress_release(settings: Settings, load_balancer_id: Value) -> StackRelease:
    """The ingress controller."""
    return StackRelease(INGRESS_CHART, INGRESS_CHART, INGRESS_NAMESPACE, traefik_values(settings, load_balancer_id))


def hub_release(settings: Settings, facts: Facts, *, derive: Derive) -> StackRelease:
    """The JupyterHub, alone or inside a BinderHub."""
    hub = settings.hub
    if hub.kind == "jupyterhub":
        computed = jupyterhub_values(settings, facts.secrets, facts.registry)
    elif facts.registry is None:
        raise ConfigError("a BinderHub needs a registry", hint="add hubwright:registry")
    else:
        computed = binderhub_values(settings, facts.secrets, facts.registry, derive=derive)
    own = Layer(OWN_VALUES, dict(hub.values)) if hub.values else None
    policy = build_policy(settings)
    beside = (policy,) if policy else ()
    return StackRelease(HUB_RELEASE, hub.kind, hub.namespace, computed, own, hub.profile, beside)


def unknown_facts(settings: Settings) -> Facts:
    """Stand-ins for all that is not known before anything is made; secrets are marked as such."""
    secrets = HubSecrets(
        proxy_token=_secret("the proxy's token"),
        cookie_secret=_secret("the hub's cookie secret"),
        crypt_key=_secret("the hub's crypt key"),
        binder_token=_secret("BinderHub's token"),
    )
    registry = RegistryAccess(
        url=StandIn("string", "the registry's address"),
        host=StandIn("string", "the registry's host"),
        username=StandIn("string", "the registry's user"),
        password=_secret("the registry's password"),
        pull_username=StandIn("string", "the registry's pulling user"),
        pull_password=_secret("the registry's pulling password"),
    )
    load_balancer_id = StandIn("string", "the load balancer's id")
    return Facts(secrets, registry if settings.registry else None, load_balancer_id)


def derive_unknown(function: Any, value: Value) -> Value:
    """Apply a function to a known value; what follows from a stand-in is a stand-in."""
    if isinstance(value, StandIn):
        return StandIn("string", f"what follows from {value.label}", secret=value.secret)
    return function(value)


def _secret(label: str) -> StandIn:
    return StandIn("string", label, secret=True)
