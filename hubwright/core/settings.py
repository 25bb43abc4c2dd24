"""The settings of a stack: one typed model, read from the `hubwright:` keys of its Pulumi configuration.

Every wrong key or value of a file is reported at once, with its place where that is known and the nearest key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from hubwright.core.errors import ConfigError
from hubwright.core.settings_base import Section
from hubwright.core.settings_cloud import (
    CloudSettings,
    ClusterSettings,
    DnsSettings,
    LoadBalancerSettings,
    NetworkSettings,
    NodePoolSettings,
    PoolPurpose,
    RegistrySettings,
)
from hubwright.core.settings_hub import HubSettings, IngressSettings
from hubwright.core.sizing import smallest_fitting_flavor, user_capacity
from hubwright.core.yaml_source import parse_yaml

NAMESPACE = "hubwright"
CHARTS_KEY = "hubwright:charts"
CHARTS_VARIABLE = "HUBWRIGHT_CHARTS"
"""The environment variable by which the workflow tells the program what `auto` came to."""

KeyPath = tuple[str | int, ...]


class Settings(Section):
    """Everything that a stack file may say; each field is a key `hubwright:<key>`."""

    cloud: CloudSettings = Field(description="The cloud and where in it.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="The private network.")
    cluster: ClusterSettings = Field(description="The Kubernetes cluster.")
    node_pools: list[NodePoolSettings] = Field(
        min_length=1, description="The groups of nodes; at least one of them for `core` and one for `user`."
    )
    registry: RegistrySettings | None = Field(
        default=None, description="The container registry. A BinderHub needs one."
    )
    load_balancer: LoadBalancerSettings = Field(default=LoadBalancerSettings(), description="The load balancer.")
    dns: DnsSettings = Field(description="Zone and host names.")
    ingress: IngressSettings = Field(default=IngressSettings(), description="The ingress controller.")
    hub: HubSettings = Field(description="The JupyterHub or BinderHub.")
    charts: Literal["official", "stand-in", "auto"] = Field(
        default="official",
        description="`official`: from their repositories. `stand-in`: small replacements, for the sandbox only. "
        "`auto`: official where the repositories answer, else stand-in.",
    )
    protect: bool = Field(
        default=True, description="Refuse to delete cluster, node pools and registry, or what would replace them."
    )

    @model_validator(mode="after")
    def _pools_fit(self) -> Settings:
        names = [pool.name for pool in self.node_pools]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"nodePools has more than one pool named {', '.join(map(repr, doubled))}")
        for purpose in (PoolPurpose.CORE, PoolPurpose.USER):
            if not any(pool.purpose is purpose for pool in self.node_pools):
                raise ValueError(f"nodePools has no pool with purpose {purpose.value!r}")
        return self

    @model_validator(mode="after")
    def _a_user_fits(self) -> Settings:
        pools, users = self.pools_for(PoolPurpose.USER), self.hub.users
        if user_capacity(pools, users) == 0:
            flavor = pools[0].flavor
            fitting = smallest_fitting_flavor(users, flavor.partition("-")[0])
            raise ValueError(
                f"nodePools: no {flavor} holds a user server of {users.memory_guarantee} and {users.cpu_guarantee:g} "
                f"cores, beside what a node keeps for itself; {fitting or 'no type of its family'} does"
            )
        return self

    @model_validator(mode="after")
    def _binderhub_is_complete(self) -> Settings:
        if self.hub.kind != "binderhub":
            return self
        if self.registry is None:
            raise ValueError("hub.kind is 'binderhub', which needs a registry: add hubwright:registry")
        if self.dns.binder_host is None:
            raise ValueError("hub.kind is 'binderhub', which needs dns.binderHost")
        return self

    @property
    def chart_source(self) -> Literal["official", "stand-in"]:
        """Where charts come from. `auto` was settled before the program runs; left as it is, it means official."""
        return "stand-in" if self.charts == "stand-in" else "official"

    def pools_for(self, purpose: PoolPurpose) -> tuple[NodePoolSettings, ...]:
        """The node pools of one purpose, in the order of the file."""
        return tuple(pool for pool in self.node_pools if pool.purpose is purpose)


def parse_settings(
    config: Mapping[str, Any], *, stack: str, positions: Mapping[KeyPath, str] | None = None
) -> Settings:
    """Reads the settings of `stack` from its Pulumi configuration.

    `config` has Pulumi's keys (``hubwright:cloud``; those of other namespaces are left alone; a bare ``cloud`` is
    taken as ours) with decoded values or Pulumi's JSON text. `positions` maps a key path, such as
    ``("cluster", "version")``, to its ``file:line``. Raises ConfigError that names every fault.
    """
    own = {key: _decoded(value) for name, value in config.items() if (key := _own_key(name)) is not None}
    try:
        return Settings.model_validate(own)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        faults = [_describe(detail, positions or {}) for detail in details]
        raise _config_error(stack, faults) from None


def setting_positions(text: str, *, source: str) -> dict[KeyPath, str]:
    """Return ``source:line`` of each key below `config` in a stack file's text, by its path without the namespace.

    Raises ValuesError when the text is not YAML.
    """
    document = parse_yaml(text, source=source)
    return {
        (str(path[1]).rpartition(":")[2], *path[2:]): f"{source}:{position.line}"
        for path, position in document.positions.items()
        if len(path) > 1 and path[0] == "config"
    }


def _own_key(name: str) -> str | None:
    namespace, colon, key = name.rpartition(":")
    return key if not colon or namespace == NAMESPACE else None


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _config_error(stack: str, faults: Sequence[str]) -> ConfigError:
    head = f"stack {stack!r}: " if len(faults) == 1 else f"stack {stack!r} has {len(faults)} wrong settings:\n  "
    return ConfigError(
        head + "\n  ".join(faults), hint="docs/reference/settings.md lists every key with its meaning and default"
    )


def _describe(detail: ErrorDetails, positions: Mapping[KeyPath, str]) -> str:
    path = detail["loc"]
    message = _reason(detail["type"], detail["msg"])
    if detail["type"] == "extra_forbidden":
        message = "is not a known key" + _suggestion(str(path[-1]), _known_keys(path[:-1]))
    return f"{_position(path, positions)}{_spelled(path)} {message}".strip()


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    message = message.removeprefix("Value error, ")
    return f"{message[:1].lower()}{message[1:]}" if message.startswith("Input ") else message


def _position(path: KeyPath, positions: Mapping[KeyPath, str]) -> str:
    """The place of the key, or of the nearest one around it."""
    for length in range(len(path), 0, -1):
        place = positions.get(path[:length])
        if place is not None:
            return f"{place}: "
    return ""


def _spelled(path: KeyPath) -> str:
    if not path:
        return ""
    text = f"{NAMESPACE}:{path[0]}"
    for part in path[1:]:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text


def _suggestion(wrong: str, known: Sequence[str]) -> str:
    by_folded = {name.lower(): name for name in known}
    near = get_close_matches(wrong.replace("_", "").lower(), list(by_folded), n=1, cutoff=0.6)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else f"; known here: {', '.join(sorted(known))}"


def _known_keys(path: KeyPath) -> list[str]:
    """The keys that the model has at `path`."""
    model: type[BaseModel] = Settings
    for part in path:
        if isinstance(part, int):
            continue
        field = next(field for field in model.model_fields.values() if field.alias == part)
        model = section_of(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The Section inside an annotation: itself, in a list, or in a union with None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (section_of(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in inner if section is not None), None)
