"""Names of resources: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`, and references to providers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX: Final = "pulumi:providers:"

_URN_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Urn:
    """A parsed URN; `qualified_type` has the types of the parents joined by ``$``."""

    stack: str
    project: str
    qualified_type: str
    name: str

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.qualified_type.rsplit("$", 1)[-1]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def parse_urn(text: str) -> Urn:
    """Read a URN; raises ValueError when it is none."""
    parts = text.removeprefix("urn:pulumi:").split("::", _URN_PARTS - 1)
    if not text.startswith("urn:pulumi:") or len(parts) != _URN_PARTS:
        raise ValueError(f"not a resource URN: {text}")
    return Urn(*parts)


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Name a resource. A parent that is the stack, or none, adds no type prefix."""
    qualified = type_
    if parent:
        parent_type = parse_urn(parent).qualified_type
        if parent_type != STACK_TYPE:
            qualified = f"{parent_type}${type_}"
    return str(Urn(stack, project, qualified, name))


def package_of(type_: str) -> str:
    """Return the package of a type token: ``openstack`` of ``openstack:networking/network:Network``."""
    if type_.startswith(PROVIDER_TYPE_PREFIX):
        return type_.removeprefix(PROVIDER_TYPE_PREFIX)
    return type_.partition(":")[0]


def is_provider_type(type_: str) -> bool:
    """Tell whether the type is one of explicit or default providers."""
    return type_.startswith(PROVIDER_TYPE_PREFIX)


def split_reference(reference: str) -> tuple[str, str]:
    """Split a provider reference ``<urn>::<id>`` into URN and id."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_


def default_provider_name(version: str, download_url: str) -> str:
    """Name a default provider as Pulumi does, so that it finds its own again: ``default_5_5_3``."""
    name = "default"
    if version:
        name += "_" + re.sub(r"[.\-+]", "_", version)
    if download_url:
        name += "_" + "/".join(_name_part(part) for part in download_url.split("/") if part)
    return name


def _name_part(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.\-]", "_", text)


def is_default_provider(urn: str) -> bool:
    """Tell whether a provider's URN is that of one the engine made by itself."""
    parsed = parse_urn(urn)
    return is_provider_type(parsed.type) and parsed.name.split("_", 1)[0] == "default"
