"""What differs between two renderings: objects that came, went or changed, and each changed leaf. Pure.

Lists whose items have names (containers, ports, volumes …) are compared by name, so that a new first container is one
addition and not a change of every other. Checksum annotations, which only say that something else changed, are counted
and not listed; a release's own bookkeeping labels (the chart's version) are folded likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hubwright.core.diff import PropertyDiff, changed_leaves, make_diff
from hubwright.core.key_paths import Path
from hubwright.core.manifest_secrets import MASK, KnownSecrets
from hubwright.core.manifests import Identity, Manifest

_CHART_LABELS = frozenset({"chart", "helm.sh/chart"})
_NAME_KEYS = ("name", "containerPort", "port", "mountPath", "host", "key", "ip")
"""What tells the items of a list apart, most telling first."""


class ObjectChange(StrEnum):
    """What happens to an object."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"


@dataclass(frozen=True)
class ManifestDiff:
    """One object that differs. `folded` counts the changed checksums and chart labels that are not in `changes`."""

    identity: Identity
    change: ObjectChange
    changes: tuple[PropertyDiff, ...] = ()
    folded: int = 0
    is_hook: bool = False
    restarts: bool = field(default=False)
    """Whether pods are made anew, as the pod template differs, be it in a checksum alone."""


def diff_manifests(
    old: Iterable[Manifest], new: Iterable[Manifest], *, secrets: KnownSecrets | None = None
) -> tuple[ManifestDiff, ...]:
    """Compare two renderings, in the order of the new one, removed objects last; equal objects are left out."""
    known = secrets or KnownSecrets(())
    before = {manifest.identity: manifest for manifest in old}
    after = {manifest.identity: manifest for manifest in new}
    found = [_compare(before.get(identity), manifest, known) for identity, manifest in after.items()]
    gone = [
        ManifestDiff(identity, ObjectChange.REMOVE, is_hook=manifest.hook is not None)
        for identity, manifest in before.items()
        if identity not in after
    ]
    return (*(diff for diff in found if diff is not None), *gone)


def _compare(old: Manifest | None, new: Manifest, secrets: KnownSecrets) -> ManifestDiff | None:
    is_hook = new.hook is not None
    if old is None:
        return ManifestDiff(new.identity, ObjectChange.ADD, is_hook=is_hook)
    leaves = list(changed_leaves(keyed(old.body), keyed(new.body)))
    if not leaves:
        return None
    told = [leaf for leaf in leaves if not _is_folded(leaf[0])]
    hides_all = new.kind == "Secret"

    def show(path: Path, value: Any) -> object:
        if hides_all and path[0] in ("data", "stringData"):
            return MASK
        return secrets.mask(value)

    changes = tuple(make_diff(path, a, b, show=lambda value, at=path: show(at, value)) for path, a, b in told)  # type: ignore[misc]
    restarts = any(path[:2] == ("spec", "template") for path, _a, _b in leaves)
    return ManifestDiff(new.identity, ObjectChange.CHANGE, changes, len(leaves) - len(told), is_hook, restarts)


def keyed(value: Any) -> Any:
    """Turn lists whose items tell themselves apart by a key into maps by that key, down to the leaf."""
    if isinstance(value, Mapping):
        return {str(key): keyed(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    key = _telling_key(value)
    if key is None:
        return [keyed(item) for item in value]
    return {str(item[key]): keyed(item) for item in value}


def _telling_key(items: Sequence[Any]) -> str | None:
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for key in _NAME_KEYS:
        names = [item.get(key) for item in items]
        if all(isinstance(name, str | int) for name in names) and len({str(name) for name in names}) == len(names):
            return key
    return None


def _is_folded(path: Path) -> bool:
    """Whether a leaf only says that something else changed."""
    if len(path) < 2 or path[-2] not in ("annotations", "labels"):
        return False
    name = str(path[-1])
    return name.startswith("checksum/") or (path[-2] == "labels" and name in _CHART_LABELS)
