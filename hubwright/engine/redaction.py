"""Hides the secrets of a resource in texts that are not ours: a provider's exception may quote what it was sent."""

from __future__ import annotations

from typing import Final

from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret, map_leaves

_SHORTEST_HIDDEN: Final = 4


def redact(text: str, properties: PropertyMap) -> str:
    """Replace every secret of `properties` that occurs in a text."""
    for value in _secret_texts(properties):
        text = text.replace(value, "[secret]")
    return text


def _secret_texts(value: PropertyValue) -> list[str]:
    found: list[str] = []

    def note(leaf: PropertyValue) -> PropertyValue:
        if isinstance(leaf, str) and len(leaf) >= _SHORTEST_HIDDEN:
            found.append(leaf)
        return leaf

    def search(item: PropertyValue) -> None:
        if isinstance(item, Secret):
            map_leaves(item.value, note)
        elif isinstance(item, dict):
            for child in item.values():
                search(child)
        elif isinstance(item, list):
            for child in item:
                search(child)

    search(value)
    return sorted(found, key=len, reverse=True)
