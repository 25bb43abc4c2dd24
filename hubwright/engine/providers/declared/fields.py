"""What one property of a resource type is: its type, and how a change to it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeAlias

from hubwright.engine.property_values import PropertyValue

INTERNAL_PREFIX: Final = "__"
"""Pulumi's own bookkeeping inside property maps, such as `__defaults`, begins so; no API ever sees it."""


class Kind(StrEnum):
    """The types that Pulumi's schemas know, named as there."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "array"
    MAP = "map"
    RECORD = "object"


@dataclass(frozen=True, slots=True)
class Field:
    """One property, under the official plugin's name.

    A `computed` field that the user leaves out is the cloud's to fill in, so leaving it out is never a change; an
    `output_only` one cannot be given at all. `force_new` means that a change replaces the resource. `attribute` is the
    API's name where it differs from what the package's rule makes of the property's name, "" where the API has none.
    """

    kind: Kind
    required: bool = False
    computed: bool = False
    output_only: bool = False
    force_new: bool = False
    secret: bool = False
    autoname: bool = False
    unordered: bool = False
    """The order of a list's items means nothing."""
    default: PropertyValue = None
    default_from: Callable[[], PropertyValue] | None = None
    """Finds a default at check time, such as in the environment; None from it means that there is none."""
    unsupported: bool = False
    """The official plugin has it, this provider refuses it by name."""
    attribute: str | None = None
    equivalent: Callable[[Any, Any], bool] | None = None
    """Tells whether a new value and the live one mean the same although they differ."""

    @property
    def updatable(self) -> bool:
        """Whether a change is carried out in place."""
        return not (self.force_new or self.output_only)


Fields: TypeAlias = Mapping[str, Field]

text = partial(Field, Kind.TEXT)
integer = partial(Field, Kind.INTEGER)
number = partial(Field, Kind.NUMBER)
boolean = partial(Field, Kind.BOOLEAN)
items = partial(Field, Kind.LIST)
mapping = partial(Field, Kind.MAP)
record = partial(Field, Kind.RECORD)


def without_internal(value: PropertyValue) -> PropertyValue:
    """Drop `__defaults` and the like at every level, and nulls from maps: what is left is meant for the cloud."""
    if isinstance(value, dict):
        return {
            key: without_internal(item)
            for key, item in value.items()
            if item is not None and not key.startswith(INTERNAL_PREFIX)
        }
    if isinstance(value, list):
        return [without_internal(item) for item in value]
    return value
