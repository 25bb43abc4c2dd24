"""What no manifest of ours may have: one table of rules, each with a code, a reason and a hint. Pure.

`EXEMPTIONS` names the pods that cannot do without, each with its reason. A violation's code, object and path together
say what it is about, so that a waiver can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hubwright.core.manifest_secrets import KnownSecrets
from hubwright.core.manifests import Identity, Manifest
from hubwright.core.policy_rules import (
    Finding,
    Scope,
    floating_images,
    host_access,
    missing_budgets,
    missing_limits,
    open_networks,
    privileged_containers,
    root_containers,
    secrets_in_clear,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it forbids, why, and what to do."""

    code: str
    forbids: str
    reason: str
    hint: str
    find: Callable[[Scope], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Exemption:
    """Pods that a rule lets pass: a kind, the end of the object's name, and why."""

    code: str
    kind: str
    suffix: str
    reason: str

    def covers(self, code: str, manifest: Manifest) -> bool:
        """Tell whether it is about this object."""
        own = manifest.name == self.suffix or manifest.name.endswith(f"-{self.suffix}")
        return code == self.code and manifest.kind == self.kind and own


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that a rule forbids. `path` is where in the object, `source` the template it comes from."""

    code: str
    identity: Identity
    path: str
    found: str
    reason: str
    hint: str
    source: str

    def __str__(self) -> str:
        where = f" {self.path}" if self.path else ""
        return f"{self.code}: {self.identity}{where}: {self.found}"


RULES: Sequence[Rule] = (
    Rule(
        "image-floating",
        "an image without a tag or digest, or with the tag latest",
        "what runs could change without anybody having deployed it",
        "name an exact tag or a digest",
        floating_images,
    ),
    Rule(
        "resources-missing",
        "a container without requests for CPU and memory, or without a memory limit",
        "the scheduler places it blindly, and a leak takes its whole node down",
        "set `resources` in the chart's values",
        missing_limits,
    ),
    Rule(
        "privileged",
        "a privileged container",
        "it is root on its node, and whoever breaks out of it owns the node",
        "take the privilege away; builders of images alone need it",
        privileged_containers,
    ),
    Rule(
        "host-access",
        "the host's network, processes or files in a pod",
        "it reaches past every isolation of its pod",
        "use a Service, or a volume of the pod's own",
        host_access,
    ),
    Rule(
        "network-open",
        "pods of hub, proxy, users or builds without a NetworkPolicy",
        "what strangers run could then talk to the cluster and to the cloud's metadata",
        "switch the chart's networkPolicy on",
        open_networks,
    ),
    Rule(
        "budget-missing",
        "a Deployment without a PodDisruptionBudget, or with one that lets no pod go",
        "a drain takes all its pods at once, or waits for ever",
        "switch the chart's pdb on, with maxUnavailable: 1",
        missing_budgets,
    ),
    Rule(
        "root-user",
        "a container that may run as root",
        "root inside a container is halfway to root on its node",
        "set runAsNonRoot in its securityContext",
        root_containers,
    ),
    Rule(
        "secret-in-clear",
        "a secret outside of a Secret: in a ConfigMap, an argument, an annotation or an environment variable",
        "whoever may read the object reads the secret, and it is in every backup and log of it",
        "put it into a Secret and refer to that",
        secrets_in_clear,
    ),
)

_OF_THE_CHART = "the chart has no value for it"

EXEMPTIONS: Sequence[Exemption] = (
    Exemption("privileged", "DaemonSet", "dind", "Docker builds images in it"),
    Exemption("privileged", "DaemonSet", "pink", "Podman builds images in it"),
    Exemption(
        "host-access", "DaemonSet", "dind", "builds reach it over a socket on their node, and its layers live there"
    ),
    Exemption(
        "host-access", "DaemonSet", "pink", "builds reach it over a socket on their node, and its layers live there"
    ),
    Exemption("host-access", "DaemonSet", "image-cleaner", "it deletes the builder's layers, which live on the node"),
    Exemption("resources-missing", "DaemonSet", "image-cleaner", _OF_THE_CHART),
    Exemption("root-user", "DaemonSet", "dind", "a builder is privileged anyway"),
    Exemption("root-user", "DaemonSet", "pink", "a builder is privileged anyway"),
    Exemption("root-user", "DaemonSet", "image-cleaner", "it deletes files of root"),
    Exemption("root-user", "DaemonSet", "image-puller", "it runs users' images for the length of one echo"),
    Exemption("root-user", "Deployment", "binder", "its registry login is mounted in root's home"),
)


def check_manifests(manifests: Iterable[Manifest], *, secrets: KnownSecrets | None = None) -> tuple[Violation, ...]:
    """List what the rules forbid, in the order of the objects; give everything that one stack deploys.

    `secrets` are the texts that must not be seen; they are in no violation.
    """
    scope = Scope(tuple(manifests), secrets or KnownSecrets(()))
    found = [violation for rule in RULES for violation in _violations(rule, scope)]
    order = {manifest.identity: rank for rank, manifest in enumerate(scope.manifests)}
    return tuple(sorted(found, key=lambda violation: order.get(violation.identity, 0)))


def _violations(rule: Rule, scope: Scope) -> Iterator[Violation]:
    for finding in rule.find(scope):
        manifest = finding.manifest
        if any(exemption.covers(rule.code, manifest) for exemption in EXEMPTIONS):
            continue
        yield Violation(
            rule.code, manifest.identity, finding.path, finding.found, rule.reason, rule.hint, manifest.source
        )
