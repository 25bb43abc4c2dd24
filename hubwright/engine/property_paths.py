"""What `ignoreChanges` and `replaceOnChanges` name: paths such as ``a.b[0]``, ``a["b.c"]``, ``a[*]``.

The rules are those of Pulumi's "sdk/go/common/resource/properties_path.go": a path neither makes nor removes what lies
above its end, nor an element of a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

from hubwright.core.key_paths import Path, parse_path
from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret


def path_contains(pattern: Path, path: Path) -> bool:
    """Tell whether `path` is what the pattern names, or lies below it."""
    return len(pattern) <= len(path) and all(wanted in ("*", step) for wanted, step in zip(pattern, path, strict=False))


def apply_ignored_changes(
    news: PropertyMap, olds: PropertyMap, ignored: Iterable[str]
) -> tuple[PropertyMap, tuple[str, ...]]:
    """Return `news` with the value of `olds` at every ignored path, and the paths that cannot be ignored.

    Those are inside something that only one of the two has, or in a list that became longer or shorter.
    """
    merged: PropertyMap = deepcopy(news)
    texts = tuple(ignored)
    missed = tuple(text for text in texts if not _reset(_Pair(merged, olds), parse_path(text)))
    return merged, missed


@dataclass(slots=True)
class _Pair:
    """Two values at one path, secrets opened: `new` is changed in place. The flags tell what lies in a secret."""

    new: PropertyValue
    old: PropertyValue
    new_is_secret: bool = False
    old_is_secret: bool = False

    def __post_init__(self) -> None:
        self.new_is_secret |= isinstance(self.new, Secret)
        self.old_is_secret |= isinstance(self.old, Secret)
        self.new, self.old = _open(self.new), _open(self.old)

    def both(self, kind: type) -> bool:
        return isinstance(self.new, kind) and isinstance(self.old, kind)

    def neither(self, kind: type) -> bool:
        return not isinstance(self.new, kind) and not isinstance(self.old, kind)

    def below(self, new: PropertyValue, old: PropertyValue) -> _Pair:
        return _Pair(new, old, self.new_is_secret, self.old_is_secret)

    def take_old(self, key: str | int) -> None:
        value = deepcopy(self.old[key])
        self.new[key] = Secret(value) if self.old_is_secret and not self.new_is_secret else value


def _reset(pair: _Pair, path: Path) -> bool:
    """Set `new` to `old` at a path; return False where the path does not lead there in both."""
    if not path:
        return False
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        return _reset_item(pair, head, rest)
    if head == "*":
        return _reset_below(pair, rest) if rest else _reset_all(pair)
    return _reset_key(pair, head, rest)


def _reset_item(pair: _Pair, index: int, rest: Path) -> bool:
    if not pair.both(list):
        return pair.neither(list)
    in_new, in_old = index < len(pair.new), index < len(pair.old)
    if not (in_new and in_old):
        return not rest and not in_new and not in_old
    if rest:
        return _reset(pair.below(pair.new[index], pair.old[index]), rest)
    pair.take_old(index)
    return True


def _reset_key(pair: _Pair, key: str, rest: Path) -> bool:
    if rest:
        if not pair.both(dict):
            return pair.neither(dict)
        if key not in pair.new:
            return key not in pair.old
        return _reset(pair.below(pair.new[key], pair.old.get(key)), rest)
    if isinstance(pair.old, dict) and key in pair.old:
        if not isinstance(pair.new, dict):
            return False
        pair.take_old(key)
    elif isinstance(pair.new, dict):
        pair.new.pop(key, None)
    return True


def _reset_all(pair: _Pair) -> bool:
    if isinstance(pair.new, dict):
        if isinstance(pair.old, dict):
            for key in pair.old:
                pair.take_old(key)
            for key in pair.new.keys() - pair.old.keys():
                del pair.new[key]
        return True
    if isinstance(pair.new, list):
        if not isinstance(pair.old, list):
            return True
        for index in range(min(len(pair.new), len(pair.old))):
            pair.take_old(index)
        return len(pair.new) == len(pair.old)
    return False


def _reset_below(pair: _Pair, rest: Path) -> bool:
    if pair.both(dict):
        return all(key in pair.new and _reset(pair.below(pair.new[key], pair.old[key]), rest) for key in list(pair.old))
    if pair.both(list):
        done = all(_reset(pair.below(new, old), rest) for new, old in zip(pair.new, pair.old, strict=False))
        return done and len(pair.new) == len(pair.old)
    return False


def _open(value: PropertyValue) -> PropertyValue:
    while isinstance(value, Secret):
        value = value.value
    return value
