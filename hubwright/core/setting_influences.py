"""Which settings a computed value follows from, found by trying: change one setting, compute again, see what differs.

Nothing has to be declared beside the code that computes, so the answer cannot grow old.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel

from hubwright.core.diff import changed_leaves
from hubwright.core.key_paths import Path
from hubwright.core.settings import Settings

Compute = Callable[[Settings], Mapping[str, Any]]

_QUANTITY = re.compile(r"\d+(\.\d+)?[KMGT]i?")
_SKIPPED = frozenset({("hub", "values"), ("hub", "kind"), ("hub", "profile"), ("charts",)})
"""A layer of its own, and what chooses the chart in place of a value."""


def find_influences(settings: Settings, compute: Compute) -> dict[Path, tuple[Path, ...]]:
    """Map the path of each computed value to the settings that it follows from (``("hub", "admins")``)."""
    base = dict(compute(settings))
    found: dict[Path, list[Path]] = {}
    for setting, variants in _variants(settings, ()):
        touched: set[Path] = set()
        for variant in variants:
            try:
                changed = dict(compute(variant))
            except Exception:  # noqa: BLE001, S112 - a variant that the program refuses tells nothing
                continue
            touched.update(path for path, _, _ in changed_leaves(base, changed))
        for path in touched:
            found.setdefault(path, []).append(setting)
    return {path: tuple(settings) for path, settings in found.items()}


def influences_of(path: Path, influences: Mapping[Path, tuple[Path, ...]]) -> tuple[Path, ...]:
    """The settings behind a computed path: its own, those of what contains it, and those of what is below it."""
    found = [
        setting
        for known, settings in influences.items()
        if known[: len(path)] == path or path[: len(known)] == known
        for setting in settings
    ]
    return tuple(dict.fromkeys(found))


def _variants(settings: Settings, path: Path) -> Iterator[tuple[Path, list[Settings]]]:
    """Each setting with some versions of all settings in which it alone differs; they are not validated."""
    for place, value, options in _leaves(settings, ()):
        if place not in _SKIPPED and (others := _others(value, options)):
            yield place, [_with(settings, place, other) for other in others]


def _leaves(model: BaseModel, path: Path) -> Iterator[tuple[Path, Any, tuple[Any, ...]]]:
    for name, field in type(model).model_fields.items():
        here: Path = (*path, field.alias or name)
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, here)
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            for index, item in enumerate(value):
                yield from _leaves(item, (*here, index))
        else:
            yield here, value, _options(field.annotation)


def _options(annotation: Any) -> tuple[Any, ...]:
    """The values that a Literal or an enumeration allows."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(annotation)
    arguments = get_args(annotation)
    if arguments and all(isinstance(argument, str) for argument in arguments):
        return arguments
    return tuple(option for argument in arguments for option in _options(argument))


def _others(value: Any, options: tuple[Any, ...]) -> list[Any]:
    if options:
        return [option for option in options if option != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value * 7 + 3]
    if isinstance(value, str):
        return ["3G", "77Gi"] if _QUANTITY.fullmatch(value) else [f"x-{value}"]
    if isinstance(value, list):
        return [[*value, "x-other"]]
    return ["x-other", "3G"] if value is None else []


def _with(model: Any, path: Path, value: Any) -> Any:
    """A copy of the settings in which the value at `path` is another."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(model, list):
        return [_with(item, rest, value) if index == head else item for index, item in enumerate(model)]
    fields = type(model).model_fields
    name = next(name for name, field in fields.items() if (field.alias or name) == head)
    return model.model_copy(update={name: _with(getattr(model, name), rest, value)})
