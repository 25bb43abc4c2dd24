"""One resource type: a table of fields and five calls. `DeclaredProvider` does everything around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.comparing import is_empty
from hubwright.engine.providers.declared.fields import Fields, Kind
from hubwright.engine.providers.declared.waiting import Waiter


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that each operation may take where the program sets no customTimeouts."""

    create_s: float = 600
    update_s: float = 600
    delete_s: float = 600


@dataclass(frozen=True, slots=True)
class Created:
    """What the creating call answered: the id, and outputs that no later read can tell, such as a password."""

    id: str
    outputs: PropertyMap = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One update: what was asked before, what was there, what is asked now; no `__` keys in any of them."""

    old_inputs: PropertyMap
    old_outputs: PropertyMap
    new_inputs: PropertyMap


class ResourceType(ABC):
    """Subclasses declare `fields` and speak to one API."""

    type_name: ClassVar[str]
    """The official token, such as ``ovh:CloudProject/kube:Kube``."""
    fields: ClassVar[Fields]
    timeouts: ClassVar[Timeouts] = Timeouts()

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """Rules that fields cannot tell; `inputs` may hold unknowns."""
        del inputs
        return ()

    @abstractmethod
    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Make the one call that creates it, and return its id. Never repeated."""

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Return the id of what an interrupted `begin` made, None when there is none or it cannot be told.

        Never one of `known_ids`, which the state has already.
        """
        del inputs, known_ids
        return None

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until it is usable, and make the calls that can only follow. Failing here keeps the id in the state."""
        del id, inputs, wait

    @abstractmethod
    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Return the full outputs, None when it is gone. `outputs` are those so far, for what no API tells."""

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Bring it to the new inputs and wait. Also called with no difference, after a create that failed half-way."""
        del id, change, wait

    @abstractmethod
    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete it and wait until it is gone; already gone is success. `properties` are inputs under outputs."""


def wanted_values(fields: Fields, change: Change) -> PropertyMap:
    """Return every updatable input to send, with the empty value for those the user took away."""
    empty: Mapping[Kind, object] = {Kind.TEXT: "", Kind.LIST: [], Kind.MAP: {}, Kind.RECORD: {}}
    wanted: PropertyMap = {}
    for key, declared in fields.items():
        if not declared.updatable:
            continue
        if key in change.new_inputs:
            wanted[key] = change.new_inputs[key]
        elif key in change.old_inputs and not declared.computed and not is_empty(change.old_inputs[key]):
            wanted[key] = empty.get(declared.kind)
    return wanted


Function: TypeAlias = Callable[[PropertyMap], PropertyMap]
"""A data source: arguments in, results out."""
