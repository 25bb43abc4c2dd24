"""Words and signs for what events tell: every display of them speaks the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from hubwright.core.diff import ChangeKind, PropertyDiff
from hubwright.engine.events import Operation, Step
from hubwright.engine.urn import parse_urn

_SIGNS: Final = {
    Operation.SAME: "",
    Operation.CREATE: "+",
    Operation.UPDATE: "~",
    Operation.REPLACE: "+-",
    Operation.DELETE: "-",
    Operation.DELETE_REPLACED: "--",
    Operation.READ: ">",
    Operation.READ_REPLACEMENT: ">",
    Operation.REFRESH: "~",
    Operation.IMPORT: "=",
    Operation.IMPORT_REPLACEMENT: "=",
    Operation.DISCARD: "<",
    Operation.DISCARD_REPLACED: "<",
    Operation.REMOVE_PENDING_REPLACE: "~",
}
_WORDS: Final = {
    Operation.SAME: ("same", "unchanged"),
    Operation.CREATE: ("create", "created"),
    Operation.UPDATE: ("update", "updated"),
    Operation.REPLACE: ("replace", "replaced"),
    Operation.DELETE: ("delete", "deleted"),
    Operation.DELETE_REPLACED: ("delete the replaced one", "deleted, replaced"),
    Operation.READ: ("read", "read"),
    Operation.READ_REPLACEMENT: ("read the replacement", "read, replaced"),
    Operation.REFRESH: ("refresh", "refreshed"),
    Operation.IMPORT: ("import", "imported"),
    Operation.IMPORT_REPLACEMENT: ("import the replacement", "imported, replaced"),
    Operation.DISCARD: ("forget", "forgotten"),
    Operation.DISCARD_REPLACED: ("forget the replaced one", "forgotten, replaced"),
    Operation.REMOVE_PENDING_REPLACE: ("end its replacement", "its replacement has ended"),
}
_MAX_VALUE_LENGTH: Final = 80


def sign(operation: Operation) -> str:
    """Return an operation's sign: ``+`` for a create; nothing where nothing happens."""
    return _SIGNS[operation]


def planned_word(operation: Operation) -> str:
    """Return what will be done to a resource: ``create``."""
    return _WORDS[operation][0]


def done_word(operation: Operation) -> str:
    """Return what was done to a resource: ``created``."""
    return _WORDS[operation][1]


def describe(step: Step) -> str:
    """Return an operation as text: ``+  ovh:CloudProject/kube:Kube cluster``."""
    return f"{sign(step.operation):<2} {step.type} {step.name}"


def describe_diff(diff: PropertyDiff, *, whole: bool = False) -> str:
    """Return a changed property as text: ``~ spec.replicas: 1 -> 2``; long values are cut unless `whole`."""
    if diff.kind is ChangeKind.ADD:
        return f"+ {diff.path}: {_shown(diff.new, whole=whole)}"
    if diff.kind is ChangeKind.REMOVE:
        return f"- {diff.path}: {_shown(diff.old, whole=whole)}"
    return f"~ {diff.path}: {_shown(diff.old, whole=whole)} -> {_shown(diff.new, whole=whole)}"


def describe_urn(urn: str) -> str:
    """Return type and name of a URN, and any other text as it is."""
    try:
        parsed = parse_urn(urn)
    except ValueError:
        return urn
    return f"{parsed.type} {parsed.name}"


def describe_counts(counts: Mapping[Operation, int], *, planned: bool, failed: int = 0) -> str:
    """Return counts as text, such as ``3 to create, 12 unchanged`` or ``3 created, 1 failed, 12 unchanged``."""
    parts = [
        f"{count} to {planned_word(operation)}" if planned else f"{count} {done_word(operation)}"
        for operation, count in counts.items()
        if count and operation is not Operation.SAME
    ]
    if failed:
        parts.append(f"{failed} failed")
    return ", ".join([*(parts or ["no changes"]), f"{counts.get(Operation.SAME, 0)} unchanged"])


def _shown(value: object, *, whole: bool) -> str:
    text = value if isinstance(value, str) and "\n" not in value else json.dumps(value, default=str, ensure_ascii=False)
    return text if whole or len(text) <= _MAX_VALUE_LENGTH else f"{text[: _MAX_VALUE_LENGTH - 1]}…"
