"""Compares inputs and decides which changes need a new object. Pure.

What Kubernetes refuses to change in place comes from pulumi-kubernetes' own table and the API reference, so that both
engines plan the same replacements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubwright.engine.property_values import PropertyMap, PropertyValue, Secret, Unknown

_IDENTITY = ("kind", "metadata.name", "metadata.namespace")

_POD_IMMUTABLE = (
    "spec.containers[*].args",
    "spec.containers[*].command",
    "spec.containers[*].env",
    "spec.containers[*].name",
    "spec.containers[*].resources",
    "spec.containers[*].volumeMounts",
    "spec.nodeName",
    "spec.nodeSelector",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.volumes",
)

_IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "ClusterRoleBinding": ("roleRef",),
    "CSIDriver": ("spec.attachRequired", "spec.podInfoOnMount"),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode", "spec.podFailurePolicy"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.dataSource",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeMode",
        "spec.volumeName",
    ),
    "Pod": _POD_IMMUTABLE,
    "PriorityClass": ("value", "preemptionPolicy"),
    "ReplicaSet": ("spec.selector",),
    "RoleBinding": ("roleRef",),
    "RuntimeClass": ("handler",),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
}

_CONTENT: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": ("binaryData", "data", "immutable"),
    "Secret": ("data", "immutable", "stringData", "type"),
}

_INDEX = re.compile(r"\[\d+\]")
_PLAIN_KEY = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")


@dataclass(frozen=True, slots=True)
class Mutability:
    """Whether the provider's user lets Secrets and ConfigMaps change in place; by default they are replaced."""

    secrets: bool = False
    config_maps: bool = False


def changed_paths(old: PropertyValue, new: PropertyValue, path: str = "") -> list[str]:
    """Return the property paths at which `new` differs from `old`; an unknown value always does."""
    old, new = _plain(old), _plain(new)
    if isinstance(new, Unknown):
        return [path]
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*new, *(key for key in old if key not in new)]
        pairs = [(old.get(key), new.get(key), _join(path, key)) for key in keys]
        return [found for before, after, where in pairs for found in changed_paths(before, after, where)]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            found
            for index, (before, after) in enumerate(zip(old, new, strict=True))
            for found in changed_paths(before, after, f"{path}[{index}]")
        ]
    return [] if old == new and isinstance(old, bool) == isinstance(new, bool) else [path]


def replacing_paths(kind: str, paths: Sequence[str], old: PropertyMap, mutability: Mutability) -> list[str]:
    """Return those of `paths` whose change needs a new object."""
    fixed = _IDENTITY + _IMMUTABLE.get(kind, ()) + _fixed_content(kind, old, mutability)
    return [path for path in paths if any(_touches(_INDEX.sub("[*]", path), pattern) for pattern in fixed)]


def _fixed_content(kind: str, old: PropertyMap, mutability: Mutability) -> tuple[str, ...]:
    mutable = {"Secret": mutability.secrets, "ConfigMap": mutability.config_maps}.get(kind, False)
    if mutable and not old.get("immutable"):
        return ("type",) if kind == "Secret" else ()
    return _CONTENT.get(kind, ())


def _touches(path: str, pattern: str) -> bool:
    """Whether a change at `path` changes what `pattern` names: at it, inside it, or around it."""
    return path == pattern or path.startswith((f"{pattern}.", f"{pattern}[")) or pattern.startswith(f"{path}.")


def _plain(value: PropertyValue) -> PropertyValue:
    return value.value if isinstance(value, Secret) else value


def _join(path: str, key: str) -> str:
    if not _PLAIN_KEY.match(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
