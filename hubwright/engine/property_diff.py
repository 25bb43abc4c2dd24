"""What differs between two sets of properties, leaf by leaf, with secrets hidden: for people, not for decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret, Unknown, contains_secret

HIDDEN: Final = "[secret]"
NOT_KNOWN: Final = "(known after up)"
_INTERNAL_PREFIX: Final = "__"
_ABSENT: Final = object()


class ChangeKind(StrEnum):
    """Whether a leaf came, went or changed."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """One changed leaf: its path (``spec.ports[0].name``), and the values to show, secrets hidden."""

    path: str
    kind: ChangeKind
    old: object = None
    new: object = None


def compare_properties(old: Mapping[str, PropertyValue], new: Mapping[str, PropertyValue]) -> tuple[PropertyDiff, ...]:
    """List the changed leaves in the order of their paths; internal properties (``__…``) are left out."""
    visible_old = {key: value for key, value in old.items() if not key.startswith(_INTERNAL_PREFIX)}
    visible_new = {key: value for key, value in new.items() if not key.startswith(_INTERNAL_PREFIX)}
    return tuple(_compare(visible_old, visible_new, ""))


def _compare(old: PropertyValue, new: PropertyValue, path: str) -> Iterator[PropertyDiff]:
    hidden = isinstance(old, Secret) or isinstance(new, Secret)
    if hidden:
        if _opened(old) != _opened(new):
            yield _leaf(path, old, new, hidden=True)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _compare(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _compare(_item(old, index), _item(new, index), f"{path}[{index}]")
    elif old != new:
        yield _leaf(path, old, new, hidden=contains_secret(old) or contains_secret(new))


def _leaf(path: str, old: PropertyValue, new: PropertyValue, *, hidden: bool) -> PropertyDiff:
    kind = ChangeKind.ADD if old is _ABSENT else ChangeKind.REMOVE if new is _ABSENT else ChangeKind.CHANGE
    return PropertyDiff(path, kind, _shown(old, hidden=hidden), _shown(new, hidden=hidden))


def _shown(value: PropertyValue, *, hidden: bool) -> object:
    if value is _ABSENT:
        return None
    if hidden:
        return HIDDEN
    return mask(value)


def mask(value: PropertyValue) -> PropertyValue:
    """Replace secrets and unknowns by the words that stand for them, down to the leaf."""
    if isinstance(value, Secret):
        return HIDDEN
    if isinstance(value, Unknown):
        return NOT_KNOWN
    if isinstance(value, list):
        return [mask(item) for item in value]
    if isinstance(value, dict):
        return {key: mask(item) for key, item in value.items()}
    return value


def mark_same_named_secrets(outputs: PropertyMap, inputs: Mapping[str, PropertyValue]) -> PropertyMap:
    """Make every output secret whose input of the same path is, down to the leaf."""
    return {key: _mark_like(value, inputs[key]) if key in inputs else value for key, value in outputs.items()}


def _mark_like(value: PropertyValue, model: PropertyValue) -> PropertyValue:
    if isinstance(value, Secret):
        return value
    if isinstance(model, Secret):
        return Secret(value)
    if isinstance(value, dict) and isinstance(model, dict):
        return mark_same_named_secrets(value, model)
    if isinstance(value, list) and isinstance(model, list) and contains_secret(model):
        return [_mark_like(item, model[i]) if i < len(model) else Secret(item) for i, item in enumerate(value)]
    return value


def _item(values: list[PropertyValue], index: int) -> PropertyValue:
    return values[index] if index < len(values) else _ABSENT


def _opened(value: PropertyValue) -> PropertyValue:
    return value.value if isinstance(value, Secret) else value
