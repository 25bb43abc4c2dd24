"""The token service's scopes, as in ``repository:library/hub:pull,push``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One wanted access."""

    type: str
    name: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(self.actions)}"


def parse_scopes(texts: Iterable[str]) -> list[Scope]:
    """Read ``scope`` parameters, each of which may hold several scopes; what is malformed asks for nothing."""
    scopes = []
    for text in " ".join(texts).split():
        kind, _, rest = text.partition(":")
        name, separator, actions = rest.rpartition(":")
        if separator:
            scopes.append(Scope(kind, name, tuple(filter(None, actions.split(",")))))
    return scopes
