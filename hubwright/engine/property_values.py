"""The values that flow between a Pulumi program, the state and the providers.

Plain JSON-like Python values (None, bool, int, float, str, list, dict) plus the few that JSON lacks. A number is an
int when it has no fraction, so that ``3`` and ``3.0`` compare and print alike. `marshal` turns them to and from the
wire and state forms; see Pulumi's "sdk/go/common/resource/properties.go" for the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

PropertyValue: TypeAlias = Any
"""None | bool | int | float | str | list | dict[str, …] | Secret | Unknown | Asset | Archive | ResourceReference."""

PropertyMap: TypeAlias = dict[str, PropertyValue]

_PLAIN: Final = frozenset({type(None), bool, int, float, str})
"""What most values are: asked first, since every walk over the values of every resource asks."""


class Unknown:
    """A value that only an update will know; there is one instance, `UNKNOWN`."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:
        """Return the one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: dict[int, Any]) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that is encrypted in the state and never shown; its repr hides it."""

    value: PropertyValue

    def __repr__(self) -> str:
        return "Secret([secret])"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's content: exactly one of `text`, `path`, `uri` is set; `hash` is its SHA-256."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of assets: exactly one of `assets`, `path`, `uri` is set."""

    assets: Mapping[str, Asset | Archive] | None = None
    path: str | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource passed as a value: its URN, and its id where it is a custom resource."""

    urn: str
    id: PropertyValue = None
    package_version: str = ""


def map_leaves(value: PropertyValue, change: Callable[[PropertyValue], PropertyValue]) -> PropertyValue:
    """Rebuild lists and dicts with `change` applied to every leaf; secrets are entered and kept."""
    if isinstance(value, Secret):
        return Secret(map_leaves(value.value, change))
    if isinstance(value, list):
        return [map_leaves(item, change) for item in value]
    if isinstance(value, dict):
        return {key: map_leaves(item, change) for key, item in value.items()}
    return change(value)


def unwrap_secrets(value: PropertyValue) -> PropertyValue:
    """Drop every secret marker and keep what it holds; lists and dicts are new ones."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Secret):
        return unwrap_secrets(value.value)
    if isinstance(value, list):
        return [unwrap_secrets(item) for item in value]
    if isinstance(value, dict):
        return {key: item if type(item) in _PLAIN else unwrap_secrets(item) for key, item in value.items()}
    return value


def contains_secret(value: PropertyValue) -> bool:
    """Tell whether a secret is anywhere inside."""
    if type(value) in _PLAIN:
        return False
    if isinstance(value, Secret):
        return True
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains_secret(child) for child in children)


def contains_unknown(value: PropertyValue) -> bool:
    """Tell whether an unknown is anywhere inside, secrets included."""
    if type(value) in _PLAIN:
        return False
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Secret):
        return contains_unknown(value.value)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(contains_unknown(child) for child in children)
