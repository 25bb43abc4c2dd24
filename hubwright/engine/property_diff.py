"""What differs between two sets of properties, leaf by leaf, with secrets hidden: for people, not for decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hubwright.core.diff import ABSENT, PropertyDiff, changed_leaves, make_diff, same_value
from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret, Unknown, contains_secret

HIDDEN: Final = "[secret]"
NOT_KNOWN: Final = "(known after up)"
_INTERNAL_PREFIX: Final = "__"


def compare_properties(old: Mapping[str, PropertyValue], new: Mapping[str, PropertyValue]) -> tuple[PropertyDiff, ...]:
    """List the changed leaves in the order of their paths; internal properties (``__…``) are left out."""
    visible_old = {key: value for key, value in old.items() if not key.startswith(_INTERNAL_PREFIX)}
    visible_new = {key: value for key, value in new.items() if not key.startswith(_INTERNAL_PREFIX)}
    return tuple(_compare(visible_old, visible_new))


def _compare(old: PropertyMap, new: PropertyMap) -> Iterator[PropertyDiff]:
    for path, before, after in changed_leaves(old, new, is_leaf=lambda value: isinstance(value, Secret)):
        if same_value(_opened(before), _opened(after)):
            continue
        hidden = any(value is not ABSENT and contains_secret(value) for value in (before, after))
        yield make_diff(path, before, after, show=_hide if hidden else mask)


def _hide(_: PropertyValue) -> str:
    return HIDDEN


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


def _opened(value: PropertyValue) -> PropertyValue:
    return value.value if isinstance(value, Secret) else value
