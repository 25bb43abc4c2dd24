"""Paths into property values (``a.b[0]``, ``a["b.c"]``, ``a[*]``): what `ignoreChanges` and `replaceOnChanges` name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Final

from hubwright.core.key_paths import Path, parse_path
from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret

_MISSING: Final = object()


def path_matches(pattern: Path, path: Path) -> bool:
    """Tell whether a change at `path` concerns `pattern`: one is the beginning of the other."""
    return all(wanted in ("*", step) for wanted, step in zip(pattern, path, strict=False))


def apply_ignored_changes(news: PropertyMap, olds: PropertyMap, ignored: Iterable[str]) -> PropertyMap:
    """Return `news` with the value of `olds` at every ignored path, removed where `olds` has none."""
    merged: PropertyMap = deepcopy(news)
    for text in ignored:
        merged = _take_over(merged, olds, parse_path(text))
    return merged


def _take_over(new: PropertyValue, old: PropertyValue, path: Sequence[str | int]) -> PropertyValue:
    if not path:
        return deepcopy(old)
    if isinstance(new, Secret) or isinstance(old, Secret):
        inner = _take_over(_open(new), _open(old), path)
        return Secret(inner) if isinstance(new, Secret) else inner
    head, rest = path[0], path[1:]
    for key in _keys(new, old, head):
        _take_over_child(new, old, key, rest)
    return new


def _take_over_child(new: PropertyValue, old: PropertyValue, key: str | int, rest: Sequence[str | int]) -> None:
    old_child, new_child = _child(old, key), _child(new, key)
    if rest and new_child is not _MISSING and old_child is not _MISSING:
        new[key] = _take_over(new_child, old_child, rest)
    elif not rest and old_child is _MISSING and isinstance(new, dict):
        new.pop(key, None)
    elif not rest and old_child is not _MISSING:
        _put(new, key, deepcopy(old_child))


def _put(container: PropertyValue, key: str | int, value: PropertyValue) -> None:
    beyond_end = isinstance(container, list) and not (isinstance(key, int) and key < len(container))
    if not beyond_end:
        container[key] = value


def _keys(new: PropertyValue, old: PropertyValue, head: str | int) -> Sequence[str | int]:
    if head != "*":
        return (head,)
    if isinstance(new, list):
        return range(len(new))
    keys = [*(new if isinstance(new, dict) else ()), *(old if isinstance(old, dict) else ())]
    return list(dict.fromkeys(keys))


def _child(value: PropertyValue, key: str | int) -> PropertyValue:
    if isinstance(value, dict):
        return value.get(key, _MISSING)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return _MISSING


def _open(value: PropertyValue) -> PropertyValue:
    return value.value if isinstance(value, Secret) else value
