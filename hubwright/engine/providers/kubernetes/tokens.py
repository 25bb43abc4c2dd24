"""Which resource types the provider has, and what a type token says about the kind."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubwright.core.errors import UnsupportedError
from hubwright.core.kubernetes_kinds import CLUSTER_SCOPED_KINDS

RELEASE = "kubernetes:helm.sh/v3:Release"

_TOKEN = re.compile(
    r"^kubernetes:(?P<group>[a-z0-9.-]+)/(?P<version>v\d+((alpha|beta)\d+)?):(?P<kind>[A-Z][A-Za-z0-9]*)$"
)
_CORE = "core"

_REFUSED_GROUPS = {
    "yaml": "render the YAML and declare each object, or make it a chart",
    "helm.sh": "use kubernetes.helm.v3.Release",
    "kustomize": "render the folder with kustomize and declare each object",
}

_BUILT_IN_GROUPS = frozenset({_CORE, "apps", "autoscaling", "batch", "policy"})


@dataclass(frozen=True, slots=True)
class KindToken:
    """A type token taken apart."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """The apiVersion that objects of this type carry: ``v1``, ``apps/v1``."""
        return self.version if self.group == _CORE else f"{self.group}/{self.version}"

    @property
    def is_built_in(self) -> bool:
        """Whether the kind belongs to Kubernetes itself, so that its scope is known without asking a cluster."""
        return self.group in _BUILT_IN_GROUPS or self.group.endswith(".k8s.io")

    @property
    def is_namespaced(self) -> bool | None:
        """Whether objects live in a namespace; None when only the cluster knows."""
        return self.kind not in CLUSTER_SCOPED_KINDS if self.is_built_in else None


def parse_token(token: str) -> KindToken:
    """Take a type token apart. Raises UnsupportedError, by name, for what is no plain object."""
    match = _TOKEN.fullmatch(token)
    group = match["group"] if match else token.partition(":")[2].partition("/")[0].partition(":")[0]
    if group in _REFUSED_GROUPS:
        raise UnsupportedError(f"the embedded engine has no {token}", hint=_REFUSED_GROUPS[group])
    if match is None:
        raise UnsupportedError(f"{token} is no Kubernetes resource type")
    kind = match["kind"]
    if kind.endswith("Patch") or (kind.endswith("List") and match["group"] != "apiextensions.k8s.io"):
        raise UnsupportedError(
            f"the embedded engine has no {token}", hint="declare the objects themselves instead of a list or a patch"
        )
    return KindToken(group, match["version"], kind)
