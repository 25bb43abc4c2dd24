"""What a stack's state knows of the facts that chart values need; plain text stands in for what is not known yet.

The names of resources and outputs are those of `components`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubwright.core.errors import StackNotFoundError
from hubwright.core.hub_values import HubSecrets, RegistryAccess
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import Facts
from hubwright.engine.property_values import PropertyMap, unwrap_secrets
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import STACK_TYPE
from hubwright.workflows.target import DeployTarget, open_engine

SECRET_RESOURCES = {
    "proxy_token": "proxy-token",
    "cookie_secret": "cookie-secret",
    "crypt_key": "crypt-key",
    "binder_token": "binder-token",
}
"""The `random:index/randomBytes:RandomBytes` of each of the hub's secrets."""

_RANDOM_BYTES = "random:index/randomBytes:RandomBytes"
_REGISTRY_HOST = "registry.invalid"
_PLACEHOLDERS = {
    "registry_url": f"https://{_REGISTRY_HOST}",
    "registry_username": "registry-user",
    "registry_password": "placeholder-registry-password",
    "registry_pull_username": "registry-pull-user",
    "registry_pull_password": "placeholder-registry-pull-password",
    "load_balancer_id": "00000000-0000-0000-0000-000000000000",
    **{name: f"placeholder-{resource}" for name, resource in SECRET_RESOURCES.items()},
}
"""``.invalid`` is reserved by RFC 2606, so that nobody takes it for a real address."""

SECRET_FACTS = frozenset({*SECRET_RESOURCES, "registry_password", "registry_pull_password"})


@dataclass(frozen=True)
class DeployedFacts:
    """Facts as plain text. `placeholders` names those that are made up, `secrets` holds those that must not be seen."""

    facts: Facts
    placeholders: tuple[str, ...]
    secrets: tuple[str, ...]


def read_facts(target: DeployTarget, settings: Settings, *, with_secrets: bool) -> DeployedFacts:
    """Read the facts from the stack's state. Without `with_secrets` every secret is a placeholder, known or not."""
    known = read_state(target)
    if not with_secrets:
        known = {name: value for name, value in known.items() if name not in SECRET_FACTS}
    return make_facts(known, settings, hidden=() if with_secrets else SECRET_FACTS)


def read_state(target: DeployTarget) -> dict[str, str]:
    """Return the facts that the state holds, by name; none when the stack was never brought up."""
    records = _resources(target)
    outputs: PropertyMap = next((record.outputs for record in records if record.type == STACK_TYPE), {})
    made = {record.urn.rpartition("::")[2]: record.outputs for record in records if record.type == _RANDOM_BYTES}
    found: dict[str, Any] = {name: outputs.get(name) for name in _PLACEHOLDERS if name not in SECRET_RESOURCES}
    found |= {name: made.get(resource, {}).get("hex") for name, resource in SECRET_RESOURCES.items()}
    plain = {name: unwrap_secrets(value) for name, value in found.items() if value is not None}
    return {name: value for name, value in plain.items() if isinstance(value, str)}


def _resources(target: DeployTarget) -> Sequence[ResourceRecord]:
    try:
        return open_engine(target, lambda _event: None).resources()
    except StackNotFoundError:
        return ()


def make_facts(
    known: Mapping[str, str], settings: Settings, *, hidden: frozenset[str] | tuple[()] = ()
) -> DeployedFacts:
    """Put known facts and placeholders together; `hidden` are placeholders on purpose and not named as unknown."""
    values = {**_PLACEHOLDERS, **known}
    registry = None
    if settings.registry is not None:
        url = values["registry_url"]
        registry = RegistryAccess(
            url=url,
            host=url.partition("://")[2],
            username=values["registry_username"],
            password=values["registry_password"],
            pull_username=values["registry_pull_username"],
            pull_password=values["registry_pull_password"],
        )
    facts = Facts(HubSecrets(**{name: values[name] for name in SECRET_RESOURCES}), registry, values["load_balancer_id"])
    needed = [name for name in _PLACEHOLDERS if registry is not None or not name.startswith("registry_")]
    placeholders = tuple(name for name in needed if name not in known and name not in hidden)
    return DeployedFacts(facts, placeholders, tuple(values[name] for name in needed if name in SECRET_FACTS))
