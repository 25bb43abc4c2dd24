"""How each rule of the policy finds what it forbids. The rules themselves are the table in `policy`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hubwright.core.key_paths import format_path
from hubwright.core.manifest_secrets import KnownSecrets, text_leaves
from hubwright.core.manifests import Manifest
from hubwright.core.workloads import Container, Workload, find_workload, selects

MADE_LATER: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "hub": {"user servers": {"app": "jupyterhub", "component": "singleuser-server"}},
    "binder": {"image builds": {"component": "binderhub-build"}},
}
"""Pods that no manifest makes: by the component that makes them, what they are and the labels that they get."""

_ISOLATED = frozenset({"hub", "proxy", "dind", "pink"})
_SECRET_NAME = re.compile(r"pass(word|wd|phrase)|secret|token|credential|api_?key|private_?key", re.I)
_HOST_SWITCHES = ("hostNetwork", "hostPID", "hostIPC")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: in which object, where, and what."""

    manifest: Manifest
    path: str
    found: str


@dataclass(frozen=True)
class Scope:
    """Everything that is checked together."""

    manifests: tuple[Manifest, ...]
    secrets: KnownSecrets

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The objects that make pods."""
        return tuple(found for manifest in self.manifests if (found := find_workload(manifest)))

    def of_kind(self, kind: str, namespace: str | None) -> Iterator[Manifest]:
        """The objects of a kind in a namespace."""
        return (m for m in self.manifests if m.kind == kind and m.identity.namespace == namespace)


def floating_images(scope: Scope) -> Iterator[Finding]:
    """Images whose name does not say which one it is."""
    for workload, container in _containers(scope):
        image = str(container.body.get("image") or "")
        name, _, digest = image.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        if not digest and tag in ("", "latest"):
            yield Finding(workload.manifest, f"{container.path}.image", f"{container.name}: {image or 'no image'}")


def missing_limits(scope: Scope) -> Iterator[Finding]:
    """Containers without requests or without a memory limit."""
    for workload, container in _containers(scope):
        resources = container.body.get("resources") or {}
        wanted = {"requests": ("cpu", "memory"), "limits": ("memory",)}
        missing = [
            f"{part}.{name}"
            for part, names in wanted.items()
            for name in names
            if not (resources.get(part) or {}).get(name)
        ]
        if missing:
            found = f"{container.name} has no {', '.join(missing)}"
            yield Finding(workload.manifest, f"{container.path}.resources", found)


def privileged_containers(scope: Scope) -> Iterator[Finding]:
    """Containers that run with every right."""
    for workload, container in _containers(scope):
        if container.security.get("privileged") is True:
            yield Finding(workload.manifest, f"{container.path}.securityContext.privileged", container.name)


def host_access(scope: Scope) -> Iterator[Finding]:
    """Pods that share something with their node."""
    for workload in scope.workloads:
        for switch in _HOST_SWITCHES:
            if workload.spec.get(switch) is True:
                yield Finding(workload.manifest, format_path((*workload.path, "spec", switch)), switch)
        for index, volume in enumerate(workload.spec.get("volumes") or []):
            if host := volume.get("hostPath"):
                path = format_path((*workload.path, "spec", "volumes", index, "hostPath"))
                yield Finding(workload.manifest, path, f"{volume.get('name')}: {host.get('path')} of the node")


def open_networks(scope: Scope) -> Iterator[Finding]:
    """Pods of hub, proxy, users and builds that no policy restricts in both directions."""
    for workload in scope.workloads:
        if workload.component in _ISOLATED and not _is_restricted(scope, workload.manifest, workload.labels):
            yield Finding(workload.manifest, "", "no NetworkPolicy selects its pods")
        for what, own_labels in MADE_LATER.get(workload.component, {}).items():
            labels = {**own_labels, **_release_labels(own_labels, workload)}
            if not _is_restricted(scope, workload.manifest, labels):
                yield Finding(workload.manifest, "", f"no NetworkPolicy selects {what}")


def missing_budgets(scope: Scope) -> Iterator[Finding]:
    """Deployments whose pods a drain could take all at once, or could not take at all."""
    for workload in scope.workloads:
        manifest = workload.manifest
        if manifest.kind != "Deployment":
            continue
        budgets = [
            budget
            for budget in scope.of_kind("PodDisruptionBudget", manifest.identity.namespace)
            if selects((budget.body.get("spec") or {}).get("selector"), workload.labels)
        ]
        if not budgets:
            yield Finding(manifest, "", "no PodDisruptionBudget selects its pods")
        for budget in budgets:
            if not _lets_one_go(budget.body.get("spec") or {}, workload.replicas):
                yield Finding(budget, "spec", f"lets none of the {workload.replicas} pods of {manifest.name} go")


def root_containers(scope: Scope) -> Iterator[Finding]:
    """Containers that do not promise to run as somebody else than root."""
    for workload, container in _containers(scope):
        pod = workload.spec.get("securityContext") or {}
        own = container.security
        user = own.get("runAsUser", pod.get("runAsUser"))
        if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True or user == 0:
            yield Finding(workload.manifest, f"{container.path}.securityContext", f"{container.name} may run as root")


def secrets_in_clear(scope: Scope) -> Iterator[Finding]:
    """Secrets in objects that are no Secret, and literal values of variables that are named like one."""
    for manifest in scope.manifests:
        if manifest.kind == "Secret" and not manifest.identity.group:
            continue
        for path, text in text_leaves(manifest.body):
            if scope.secrets.found_in(text):
                yield Finding(manifest, format_path(path), "holds a secret of the stack")
    for workload, container in _containers(scope):
        for index, variable in enumerate(container.body.get("env") or []):
            if variable.get("value") and _SECRET_NAME.search(str(variable.get("name"))):
                found = f"{variable['name']} is given in clear"
                yield Finding(workload.manifest, f"{container.path}.env[{index}].value", found)


def _containers(scope: Scope) -> Iterator[tuple[Workload, Container]]:
    for workload in scope.workloads:
        for container in workload.containers():
            yield workload, container


def _release_labels(labels: Mapping[str, str], maker: Workload) -> dict[str, str]:
    """What pods of JupyterHub also bear: their release, and all of it under the names that Kubernetes recommends."""
    if "app" not in labels:
        return {}
    release = maker.labels.get("release", maker.manifest.release)
    return {
        "release": release,
        "app.kubernetes.io/name": labels["app"],
        "app.kubernetes.io/component": labels["component"],
        "app.kubernetes.io/instance": release,
    }


def _is_restricted(scope: Scope, manifest: Manifest, labels: Mapping[str, str]) -> bool:
    """Whether policies cover what pods send and what they get."""
    covered: set[str] = set()
    for policy in scope.of_kind("NetworkPolicy", manifest.identity.namespace):
        spec = policy.body.get("spec") or {}
        if selects(spec.get("podSelector"), labels):
            covered.update(_policy_types(spec))
    return {"Ingress", "Egress"} <= covered


def _policy_types(spec: Mapping[str, Any]) -> list[str]:
    """The directions of a policy; left out, they are what the API server fills in."""
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]


def _lets_one_go(spec: Mapping[str, Any], replicas: int) -> bool:
    """Whether a budget allows one of `replicas` pods to be away."""
    most, least = spec.get("maxUnavailable"), spec.get("minAvailable")
    if most is not None:
        return _count(most, replicas) >= 1
    return least is None or replicas - _count(least, replicas) >= 1


def _count(amount: int | str, replicas: int) -> int:
    """A number of pods, or a percentage of them, rounded up as Kubernetes does."""
    if isinstance(amount, int):
        return amount
    return -(-replicas * int(amount.rstrip("%")) // 100)
