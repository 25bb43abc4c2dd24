"""What a run did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hubwright.engine.events import Operation, Step, UpdateKind
from hubwright.engine.property_values import PropertyMap

_UNCHANGING: Final = frozenset({Operation.SAME, Operation.READ, Operation.DISCARD, Operation.REFRESH})


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What a run did, or a preview would do. `counts` has the number of resources of each operation."""

    kind: UpdateKind
    counts: Mapping[Operation, int] = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
    duration_s: float = 0.0
    steps: tuple[Step, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything is, or would be, created, updated, replaced or deleted."""
        return any(count for operation, count in self.counts.items() if operation not in _UNCHANGING)
