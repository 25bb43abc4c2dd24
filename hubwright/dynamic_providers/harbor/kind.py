"""What every kind of Harbor object has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, TypeAlias

from hubwright.adapters.harbor import HarborClient

Properties: TypeAlias = dict[str, Any]

OURS: Final = "managed by hubwright"
"""The description of robots and users that we have made; others' are never taken over."""
CONFLICT: Final = 409


class HarborKind(ABC):
    """One kind of object. `fixed` names the inputs that cannot change in place, `outputs` what it adds to them."""

    fixed: ClassVar[frozenset[str]] = frozenset()
    outputs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def create(self, harbor: HarborClient, wanted: Properties) -> tuple[str, Properties]:
        """Make it, or adopt it; return its id and what more is known of it."""

    @abstractmethod
    def read(self, harbor: HarborClient, id: str, known: Properties) -> Properties | None:
        """Return what is known of it now, inputs included; None when it is gone."""

    @abstractmethod
    def update(self, harbor: HarborClient, id: str, wanted: Properties, known: Properties) -> Properties:
        """Change it; return what more is known of it."""

    @abstractmethod
    def delete(self, harbor: HarborClient, id: str, known: Properties) -> None:
        """Remove it; already gone is success."""


def lost_or_taken(status: int | None) -> bool:
    """Tell whether a create's answer leaves it open that the object is there: a conflict, or no answer at all."""
    return status in (CONFLICT, None)
