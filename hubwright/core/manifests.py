"""Rendered manifests as typed objects: which object, from which template, hook or not. Pure.

Read as Helm and Kubernetes read them, so that a value here is the value that the API server gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hubwright.core.errors import ValuesError
from hubwright.core.kubernetes_kinds import is_cluster_wide
from hubwright.core.yaml_source import parse_yaml

Body = dict[str, Any]

HOOK_ANNOTATION = "helm.sh/hook"
_WEIGHT_ANNOTATION = "helm.sh/hook-weight"
_DELETE_ANNOTATION = "helm.sh/hook-delete-policy"
_SEPARATOR = re.compile(r"^---[ \t]*(?:#[^\n]*)?\n", re.M)
_SOURCE = re.compile(r"^# Source: (.+)$", re.M)

INSTALL_ORDER = (
    *("PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy"),
    *("PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass"),
    *("PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList"),
    *("ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList"),
    *("Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment"),
    *("HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService"),
)
"""In which order Helm makes objects; kinds that it does not know come last. Source: helm.sh/helm, kind_sorter.go."""

_RANKS = {kind: rank for rank, kind in enumerate(INSTALL_ORDER)}


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What makes an object the same object: the API's version is no part of it. `namespace` None: of the cluster."""

    group: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Hook:
    """When Helm runs an object as a hook, in which order, and when it deletes it."""

    events: tuple[str, ...]
    weight: int = 0
    delete_policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """One object that a release makes. `source` is the template that it comes from."""

    identity: Identity
    api_version: str
    body: Body = field(repr=False)
    release: str = ""
    source: str = ""
    hook: Hook | None = None

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.identity.kind

    @property
    def name(self) -> str:
        """The object's name."""
        return self.identity.name

    @property
    def labels(self) -> Mapping[str, str]:
        """The object's labels."""
        return self.body.get("metadata", {}).get("labels") or {}

    def with_body(self, body: Body) -> Manifest:
        """The same object with another content."""
        return replace(self, body=body)


def parse_manifests(text: str, *, release: str, namespace: str) -> tuple[Manifest, ...]:
    """Read what ``helm template`` prints, in the order in which Helm makes the objects, hooks last by their weight.

    Objects that name no namespace get the release's, unless their kind is known to belong to the cluster. Raises
    ValuesError naming the template whose output is no Kubernetes object.
    """
    found = [
        manifest
        for source, document in _documents(text)
        for body in _bodies(document, source)
        for manifest in [read_manifest(body, release=release, namespace=namespace, source=source)]
    ]
    return tuple(sorted(found, key=install_rank))


def read_manifest(body: Body, *, release: str, namespace: str, source: str) -> Manifest:
    """Make a manifest of one object. Raises ValuesError when it is none."""
    metadata = body.get("metadata")
    api_version, kind = body.get("apiVersion"), body.get("kind")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not (isinstance(api_version, str) and isinstance(kind, str) and isinstance(name, str) and metadata):
        raise ValuesError(f"{source}: the template gives no Kubernetes object: apiVersion, kind or name is missing")
    group = api_version.rpartition("/")[0]
    own = metadata.get("namespace")
    place = None if is_cluster_wide(group, kind) else str(own or namespace)
    return Manifest(Identity(group, kind, place, name), api_version, body, release, source, _hook(metadata))


def install_rank(manifest: Manifest) -> tuple[Any, ...]:
    """Where an object stands in the order of a release."""
    weight = manifest.hook.weight if manifest.hook else 0
    rank = _RANKS.get(manifest.kind, len(_RANKS))
    return (manifest.hook is not None, weight, rank, manifest.kind, manifest.identity.namespace or "", manifest.name)


def _documents(text: str) -> Iterator[tuple[str, str]]:
    """Each document with the template that it comes from; one without a comment of its own follows the last."""
    source = "manifest"
    for document in _SEPARATOR.split(text):
        if named := _SOURCE.search(document):
            source = named[1].strip()
        if document.strip():
            yield source, document


def _bodies(document: str, source: str) -> Iterator[Body]:
    value = parse_yaml(document, source=source, doubtful="as-helm").value
    if value is None or value == {}:
        return
    if not isinstance(value, dict):
        raise ValuesError(f"{source}: the template gives no Kubernetes object")
    if value.get("kind") == "List" and isinstance(value.get("items"), list):
        yield from value["items"]
    else:
        yield value


def _hook(metadata: Mapping[str, Any]) -> Hook | None:
    annotations = metadata.get("annotations") or {}
    events = _words(annotations.get(HOOK_ANNOTATION))
    if not events:
        return None
    try:
        weight = int(annotations.get(_WEIGHT_ANNOTATION) or 0)
    except ValueError:
        weight = 0
    return Hook(events, weight, _words(annotations.get(_DELETE_ANNOTATION)))


def _words(text: object) -> tuple[str, ...]:
    return tuple(word.strip() for word in str(text or "").split(",") if word.strip())
