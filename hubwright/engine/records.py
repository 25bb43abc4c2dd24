"""What the state knows of a resource and of operations under way: Pulumi's `apitype.ResourceV3`, as Python objects.

A record is identified by the object itself: two records may have one URN while a replacement is under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.urn import is_provider_type, split_reference


class OperationKind(StrEnum):
    """The operations that may be pending in a state; the words are Pulumi's."""

    CREATING = "creating"
    UPDATING = "updating"
    DELETING = "deleting"
    READING = "reading"
    IMPORTING = "importing"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that an operation may take, None for the provider's default."""

    create_s: float | None = None
    update_s: float | None = None
    delete_s: float | None = None


@dataclass(slots=True, eq=False)
class ResourceRecord:
    """One resource in the state. `extra` keeps fields of newer engines that this one does not use."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: PropertyMap = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: Sequence[str] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool = False
    external: bool = False
    delete: bool = False
    pending_replacement: bool = False
    taint: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    init_errors: Sequence[str] = ()
    additional_secret_outputs: Sequence[str] = ()
    ignore_changes: Sequence[str] = ()
    replace_on_changes: Sequence[str] = ()
    import_id: str = ""
    timeouts: Timeouts = field(default_factory=Timeouts)
    created: str = ""
    modified: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider's own resource."""
        return is_provider_type(self.type)

    @property
    def provider_urn(self) -> str:
        """URN of the provider that manages it, empty for components and providers."""
        return split_reference(self.provider)[0] if self.provider else ""

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield what it needs to exist first, as (role, URN)."""
        if self.parent:
            yield "parent", self.parent
        if self.provider:
            yield "provider", self.provider_urn
        for urn in self.dependencies:
            yield "dependency", urn
        for urns in self.property_dependencies.values():
            for urn in urns:
                yield "property dependency", urn
        if self.deleted_with:
            yield "deletedWith", self.deleted_with

    def rename_references(self, old: str, new: str) -> None:
        """Point every reference to `old` to `new`, after an alias gave a resource another name."""
        swap = {old: new}
        self.parent = swap.get(self.parent, self.parent)
        self.deleted_with = swap.get(self.deleted_with, self.deleted_with)
        self.dependencies = [swap.get(urn, urn) for urn in self.dependencies]
        self.property_dependencies = {
            key: [swap.get(urn, urn) for urn in urns] for key, urns in self.property_dependencies.items()
        }
        if self.provider_urn == old:
            self.provider = f"{new}::{split_reference(self.provider)[1]}"


@dataclass(frozen=True, slots=True, eq=False)
class PendingOperation:
    """An operation that was begun and whose end no state tells."""

    kind: OperationKind
    record: ResourceRecord


_LISTS: Final = frozenset(
    {"dependencies", "init_errors", "additional_secret_outputs", "ignore_changes", "replace_on_changes"}
)  # tuples or lists, as whoever made the record had them
_FIELDS: Final = tuple(entry.name for entry in fields(ResourceRecord))


def same_content(one: ResourceRecord, other: ResourceRecord) -> bool:
    """Tell whether the state says the same of two records."""
    for name in _FIELDS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name in _LISTS:
            mine, theirs = list(mine), list(theirs)
        elif name == "property_dependencies":
            mine = {key: list(urns) for key, urns in mine.items()}
            theirs = {key: list(urns) for key, urns in theirs.items()}
        if mine != theirs:
            return False
    return True
