"""Paths into property values (``a.b[0]``, ``a["b.c"]``, ``a[*]``): what `ignoreChanges` and `replaceOnChanges` name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Final, TypeAlias

from hubwright.core.errors import ConfigError
from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions; the string ``*`` stands for every one."""

_MISSING: Final = object()
_TOKEN: Final = re.compile(
    r"""\[\s*(?:(?P<index>\d+)|(?P<any>\*)|"(?P<quoted>(?:[^"\\]|\\.)*)")\s*\]|\.?(?P<name>[^.\[\]]+)"""
)


def parse_path(text: str) -> Path:
    """Read a property path; raises ConfigError when it has a syntax error."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ConfigError(f"not a property path: {text!r}", hint="write it like spec.ports[0].name")
        steps.append(_step(found))
        position = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["index"] is not None:
        return int(found["index"])
    if found["any"] is not None:
        return "*"
    if found["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", found["quoted"])
    return found["name"]


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
