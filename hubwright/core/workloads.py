"""The pods that manifests will make: their specs and containers, whatever kind of object makes them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubwright.core.key_paths import Path, format_path
from hubwright.core.manifests import Manifest

_TEMPLATES: Mapping[tuple[str, str], Path] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}
"""Where the pod stands in each kind of object that makes pods."""


@dataclass(frozen=True)
class Workload:
    """An object that makes pods."""

    manifest: Manifest
    labels: Mapping[str, str]
    spec: Mapping[str, Any] = field(repr=False)
    path: Path = ()

    @property
    def replicas(self) -> int:
        """How many pods of it there are to be; one where that is not said."""
        wanted = (self.manifest.body.get("spec") or {}).get("replicas")
        return wanted if isinstance(wanted, int) else 1

    @property
    def component(self) -> str:
        """What the charts of Jupyter and the well-known label call it."""
        return str(self.labels.get("component") or self.labels.get("app.kubernetes.io/component") or self.manifest.name)

    def containers(self) -> Iterator[Container]:
        """Its containers, those of its start included."""
        for part in ("initContainers", "containers", "ephemeralContainers"):
            for index, body in enumerate(self.spec.get(part) or []):
                path = format_path((*self.path, "spec", part, index))
                yield Container(str(body.get("name")), body, path, is_init=part == "initContainers")


@dataclass(frozen=True)
class Container:
    """One container. `path` is where it stands in the object."""

    name: str
    body: Mapping[str, Any] = field(repr=False)
    path: str = ""
    is_init: bool = False

    @property
    def security(self) -> Mapping[str, Any]:
        """Its security context."""
        return self.body.get("securityContext") or {}


def find_workload(manifest: Manifest) -> Workload | None:
    """The pods that an object makes, None when it makes none."""
    path = _TEMPLATES.get((manifest.identity.group, manifest.kind))
    if path is None:
        return None
    template: Any = manifest.body
    for key in path:
        template = template.get(key) or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    return Workload(manifest, labels, template.get("spec") or {}, path)


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector selects labels; an empty one selects all. None selects nothing.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(rule, labels) for rule in selector.get("matchExpressions") or [])


def _meets(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule.get("key"), rule.get("values") or []
    present = key in labels
    match rule.get("operator"):
        case "In":
            return present and labels[str(key)] in values
        case "NotIn":
            return not present or labels[str(key)] not in values
        case "Exists":
            return present
        case "DoesNotExist":
            return not present
    return False
