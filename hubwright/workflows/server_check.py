"""Asks a stack's cluster what it would make of rendered manifests, all of them at once, keeping nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hubwright.adapters.kubernetes import DryRunResult, KubernetesClient, Outcome, connect_kubernetes, dry_run
from hubwright.core.errors import ConfigError, ResourceError, StackNotFoundError
from hubwright.core.manifests import Manifest
from hubwright.workflows.outputs import read_outputs
from hubwright.workflows.target import DeployTarget

MOST_AT_ONCE = 8


@dataclass(frozen=True)
class ServerAnswer:
    """What the API server says of one object."""

    manifest: Manifest
    result: DryRunResult


@dataclass(frozen=True)
class ServerReport:
    """What the API server says of every object, in their order."""

    server_url: str
    answers: Sequence[ServerAnswer]

    def counts(self) -> Mapping[Outcome, int]:
        """How many objects have each outcome, in the order of `Outcome`."""
        found = Counter(answer.result.outcome for answer in self.answers)
        return {outcome: found[outcome] for outcome in Outcome if found[outcome]}


def open_cluster(target: DeployTarget) -> KubernetesClient:
    """Connect to the cluster that the stack's state names. Raises ConfigError when there is none yet."""
    try:
        kubeconfig = read_outputs(target, show_secrets=True).get("kubeconfig")
    except StackNotFoundError:
        kubeconfig = None
    if not isinstance(kubeconfig, str):
        raise ConfigError(
            f"stack {target.stack} has no cluster yet that could be asked",
            hint=f"run `hubwright up {target.stack}` first, or leave --server out",
        )
    return connect_kubernetes(kubeconfig)


def ask_server(cluster: KubernetesClient, manifests: Sequence[Manifest]) -> ServerReport:
    """Apply every manifest without keeping it."""

    def ask(manifest: Manifest) -> ServerAnswer:
        return ServerAnswer(manifest, dry_run(cluster, manifest.body, manifest.identity.namespace))

    with ThreadPoolExecutor(max_workers=MOST_AT_ONCE) as pool:
        return ServerReport(cluster.server_url, tuple(pool.map(ask, manifests)))


def require_none_denied(report: ServerReport | None) -> None:
    """Raise ResourceError when the API server denies something."""
    denied = report.counts().get(Outcome.DENIED, 0) if report else 0
    if denied:
        raise ResourceError(
            f"the API server denies {denied} object{'s' if denied > 1 else ''}", hint="its messages are above"
        )
