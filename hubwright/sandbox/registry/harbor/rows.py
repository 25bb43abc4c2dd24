"""What every Harbor table stores, and what all of its modules share: a clock, numbers, doublestar patterns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from pydantic import ConfigDict

from hubwright.sandbox.ovh.core.store import E, Entity, Store, Table

NAME_PATTERN: Final = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"
"""Projects' and robots' names."""


class Row(Entity):
    """A stored object of Harbor. Snake case on the wire, unlike the OVH API."""

    model_config = ConfigDict(alias_generator=None)


@dataclass(frozen=True, slots=True)
class Base:
    """Where rows are kept, and what time it is."""

    store: Store
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def table(self, name: str, row: type[E]) -> Table[E]:
        """Open a table."""
        return self.store.table(name, row)


def next_number(table: Table[E]) -> int:
    """Return the number of the next row; numbers are not used twice while a higher one exists."""
    return 1 + max((int(key) for key in table.ids()), default=0)


@lru_cache(maxsize=256)
def matches(pattern: str, text: str) -> bool:
    """Tell whether a doublestar pattern covers a text: `*` within a path segment, `**` across, `{a,b}`, `?`."""
    return re.fullmatch(_expression(pattern), text) is not None


def _expression(pattern: str) -> str:
    expression, depth, index = "", 0, 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**", index):
            expression, index = f"{expression}.*", index + 2
            continue
        if char == "{":
            expression, depth = f"{expression}(?:", depth + 1
        elif char == "}" and depth:
            expression, depth = f"{expression})", depth - 1
        elif char == "," and depth:
            expression += "|"
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char))
        index += 1
    return expression + ")" * depth
