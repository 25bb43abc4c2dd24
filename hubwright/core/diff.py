"""The one type for a difference: of resource properties, chart values, manifests. Everything that shows one uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hubwright.core.key_paths import Path, format_path

ABSENT: Final[Any] = object()
"""Stands on the side of a change where there is nothing."""


class ChangeKind(StrEnum):
    """Whether a leaf came, went or changed."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """One changed leaf: its path (``spec.ports[0].name``), and the values to show, secrets hidden.

    `origin` says who set the new value (``file:line``), where that is known.
    """

    path: str
    kind: ChangeKind
    old: object = None
    new: object = None
    origin: str | None = None


def changed_leaves(
    old: Any, new: Any, path: Path = (), *, is_leaf: Callable[[Any], bool] = lambda _: False
) -> Iterator[tuple[Path, Any, Any]]:
    """List the leaves that differ, in the order of their paths, `ABSENT` on the side that has none.

    Maps and lists are walked; a subtree that only one side has is one leaf. `is_leaf` stops the walk earlier.
    """
    if is_leaf(old) or is_leaf(new):
        if old != new:
            yield path, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from changed_leaves(old.get(key, ABSENT), new.get(key, ABSENT), (*path, key), is_leaf=is_leaf)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from changed_leaves(_item(old, index), _item(new, index), (*path, index), is_leaf=is_leaf)
    elif not same_value(old, new):
        yield path, old, new


def make_diff(
    path: Path, old: Any, new: Any, *, show: Callable[[Any], object] = lambda value: value, origin: str | None = None
) -> PropertyDiff:
    """Make the difference of one changed leaf; `show` hides what must not be seen."""
    kind = ChangeKind.ADD if old is ABSENT else ChangeKind.REMOVE if new is ABSENT else ChangeKind.CHANGE
    shown_old, shown_new = (None if value is ABSENT else show(value) for value in (old, new))
    return PropertyDiff(format_path(path), kind, shown_old, shown_new, origin)


def same_value(left: Any, right: Any) -> bool:
    """Compare plain values as JSON does: ``true`` is not ``1``, but ``1.0`` is."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_value, left, right))
    return bool(left == right)


def _item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT
