"""Installs, upgrades, repairs and removes Helm releases of one cluster.

Values are one dict, already merged, and reach Helm as JSON on its standard input: not in arguments, not in files.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hubwright.adapters.helm.command import HelmCommand, private_kubeconfig, run_helm
from hubwright.adapters.helm.errors import ReleaseNotFoundError, wrong_version
from hubwright.adapters.helm.manifest import ObjectAddress, join_hooks
from hubwright.adapters.helm.records import mark_failed
from hubwright.adapters.helm.releases import ChartReference, ReleaseOptions, ReleaseState, parse_state
from hubwright.adapters.kubernetes import KubernetesClient, explain_unready, find_unready, redact
from hubwright.core.charts_versions import parse_version
from hubwright.core.errors import HubwrightError, ReleaseError, ToolchainError

Cancelled = Callable[[], bool]

_QUICK_TIMEOUT_S = 60.0
_PULL_TIMEOUT_S = 300.0
_HELM_MAJOR, _LEAST_MINOR = 3, 8  # OCI registries are part of Helm since 3.8; 4 has other flags
_GRACE_S = 30.0
"""Helm gets this long after its own time limit to record the failure before it is ended."""


def find_helm(binary: str | Path | None = None) -> Path:
    """Return the Helm binary: the given one, else $HUBWRIGHT_HELM, else the first on PATH. Raises ToolchainError."""
    wanted = str(binary or os.environ.get("HUBWRIGHT_HELM") or "helm")
    found = shutil.which(wanted)
    if found is None:
        raise ToolchainError(
            f"no Helm binary: {wanted} cannot be run",
            hint="run `hubwright toolchain`, or set HUBWRIGHT_HELM to a Helm 3 binary",
        )
    return Path(found).absolute()


@lru_cache(maxsize=8)
def check_version(binary: Path) -> str:
    """Return the version of a Helm binary, asked once a process. Raises ToolchainError for one that is not Helm 3."""
    helm = HelmCommand(executable=str(binary))
    text: str = run_helm(helm.version, what="helm version", timeout_s=_QUICK_TIMEOUT_S)
    version = parse_version(text)
    if version is None or version.major != _HELM_MAJOR or version.minor < _LEAST_MINOR:
        raise wrong_version(str(binary), text.strip()[:40] or "of no version")
    return text


class HelmClient:
    """Helm for one cluster. Calls block; each may be made from any thread.

    `cluster` is used to repair releases and to explain failures; it is connected on first need when left out.
    """

    def __init__(
        self,
        kubeconfig: str,
        *,
        binary: str | Path | None = None,
        context: str | None = None,
        cluster: KubernetesClient | None = None,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._binary = find_helm(binary)
        self._context = context
        self._cluster = cluster

    @property
    def cluster(self) -> KubernetesClient:
        """The cluster's API."""
        if self._cluster is None:
            self._cluster = KubernetesClient(self._kubeconfig, context=self._context)
        return self._cluster

    def install_or_upgrade(
        self,
        release: str,
        chart: ChartReference,
        values: Mapping[str, Any],
        *,
        namespace: str,
        options: ReleaseOptions,
        cancelled: Cancelled = lambda: False,
        log: Callable[[str], None] = lambda _line: None,
    ) -> ReleaseState:
        """Make the release be `chart` with exactly `values`, after repairing what a killed run left behind.

        `log` is told of a repair. Raises ReleaseError and its kin, ReleaseTimeoutError when objects did not become
        ready.
        """
        what = f"release {namespace}/{release}"
        if repaired := self.repair(release, namespace=namespace, options=options, cancelled=cancelled):
            log(f"{what}: {repaired}")
        dropped = () if options.wait_for_jobs else ("--wait-for-jobs",)
        with self._command(extra=options.flags(), dropped=dropped, max_history=options.max_history) as helm:
            answer = run_helm(
                lambda: helm.install_or_upgrade(
                    release,
                    chart.chart,
                    dict(values),
                    atomic=options.atomic,
                    atomic_arg="--atomic",
                    cleanup_on_fail=options.cleanup_on_fail,
                    create_namespace=options.create_namespace,
                    description=options.description,
                    devel=options.devel,
                    force=options.force,
                    namespace=namespace,
                    no_hooks=options.no_hooks,
                    repo=chart.repository,
                    # Without it Helm would fall back to the last values when these are empty.
                    reset_values=options.reset_values or not options.reuse_values,
                    reuse_values=options.reuse_values and not options.reset_values,
                    skip_crds=options.skip_crds,
                    take_ownership=options.take_ownership,
                    timeout=f"{options.timeout_s}s",
                    version=chart.version,
                    wait=options.wait,
                ),
                what=what,
                # Hooks and objects are waited for one after the other, each with the whole time limit.
                timeout_s=options.timeout_s * 3 + _GRACE_S,
                values=values,
                cancelled=cancelled,
            )
        return parse_state(answer)

    def render(
        self, release: str, chart: ChartReference, values: Mapping[str, Any], *, namespace: str, options: ReleaseOptions
    ) -> str:
        """Render the chart without a cluster and return its manifest, hooks at the end."""
        return join_hooks(self.template(release, chart, values, namespace=namespace, options=options))

    def template(
        self,
        release: str,
        chart: ChartReference,
        values: Mapping[str, Any],
        *,
        namespace: str,
        options: ReleaseOptions,
        kube_version: str | None = None,
        api_versions: Sequence[str] = (),
    ) -> str:
        """Render the chart without a cluster and return what Helm prints: each object after its template's name.

        `kube_version` and `api_versions` tell the templates what cluster it is for; default: what Helm was built for.
        """
        arguments = ["template", release, chart.chart, "--namespace", namespace, "--values", "-"]
        arguments += ["--skip-crds"] if options.skip_crds else ["--include-crds"]
        arguments += ["--repo", chart.repository] if chart.repository else []
        arguments += ["--version", chart.version] if chart.version else []
        arguments += ["--kube-version", kube_version] if kube_version else []
        arguments += [part for api_version in api_versions for part in ("--api-versions", api_version)]
        wanted = {"--devel": options.devel, "--no-hooks": options.no_hooks}
        arguments += [flag for flag, is_set in wanted.items() if is_set]
        arguments += ["--dependency-update"] if options.dependency_update else []
        with self._command(connected=False) as helm:
            output = run_helm(
                lambda: helm.run(arguments, json.dumps(values).encode()),
                what=f"chart {chart.chart}",
                timeout_s=_QUICK_TIMEOUT_S,
                values=values,
            )
        return output.decode()

    def pull(self, chart: str, version: str, folder: Path, *, plain_http: bool = False) -> Path:
        """Download a chart's package from an ``oci://`` registry into an empty `folder` and return its path.

        Helm takes the login from its own and Docker's configuration. Raises ConfigError when there is no such chart,
        AuthenticationError, ApiError, or DeadlineError.
        """
        # pyhelm3's own `pull` unpacks what it downloads, which must not happen before the digest is checked.
        arguments = ["pull", chart, "--version", version, "--destination", str(folder)]
        arguments += ["--plain-http"] if plain_http else []
        with self._command(connected=False) as helm:
            run_helm(lambda: helm.run(arguments), what=f"chart {chart} {version}", timeout_s=_PULL_TIMEOUT_S)
        packages = sorted(folder.glob("*.tgz"))
        if len(packages) != 1:
            raise ReleaseError(f"chart {chart} {version}: Helm downloaded {len(packages)} packages instead of one")
        return packages[0]

    def get_state(self, release: str, *, namespace: str) -> ReleaseState | None:
        """Return the newest revision, None when there is no such release."""
        what = f"release {namespace}/{release}"
        with self._command() as helm:
            arguments = ["get", "metadata", release, "--namespace", namespace, "--output", "json"]
            try:
                status = run_helm(
                    lambda: helm.status(release, namespace=namespace), what=what, timeout_s=_QUICK_TIMEOUT_S
                )
                metadata = run_helm(lambda: helm.run(arguments), what=what, timeout_s=_QUICK_TIMEOUT_S)
            except ReleaseNotFoundError:
                return None
        return parse_state(status, json.loads(metadata))

    def history(self, release: str, *, namespace: str) -> list[ReleaseState]:
        """Return every revision kept, oldest first, without values and manifests; empty when there is no release."""
        with self._command() as helm:
            try:
                rows = run_helm(
                    lambda: helm.history(release, namespace=namespace),
                    what=f"history of release {namespace}/{release}",
                    timeout_s=_QUICK_TIMEOUT_S,
                )
            except ReleaseNotFoundError:
                return []
        return [
            ReleaseState(
                name=release,
                namespace=namespace,
                revision=int(row["revision"]),
                status=str(row["status"]),
                app_version=str(row.get("app_version") or ""),
                description=str(row.get("description") or ""),
            )
            for row in rows
        ]

    def uninstall(
        self, release: str, *, namespace: str, options: ReleaseOptions, cancelled: Cancelled = lambda: False
    ) -> None:
        """Remove the release and, if `options.wait`, wait until its objects are gone. No such release is success."""
        with self._command() as helm:
            try:
                run_helm(
                    lambda: helm.uninstall(
                        release,
                        namespace=namespace,
                        no_hooks=options.no_hooks,
                        timeout=f"{options.timeout_s}s",
                        wait=options.wait,
                    ),
                    what=f"remove release {namespace}/{release}",
                    timeout_s=options.timeout_s * 2 + _GRACE_S,
                    cancelled=cancelled,
                )
            except ReleaseNotFoundError:
                return

    def repair(
        self, release: str, *, namespace: str, options: ReleaseOptions, cancelled: Cancelled = lambda: False
    ) -> str | None:
        """Make a release that a killed Helm left half-way usable again; return what was done, None when nothing.

        - ``pending-*``: Helm was killed before it could write how it ended. The revision is recorded as failed, just as
          Helm does when it is stopped politely; the next upgrade then starts from there. Nothing running is removed.
        - ``uninstalling``: the removal is completed, so that the release can be installed anew.

        Two runs cannot meet here: the stack's lock keeps them apart.
        """
        state = self._record_state(release, namespace)
        if state is None:
            return None
        if state.is_pending:
            mark_failed(self.cluster, state)
            return f"revision {state.revision} was {state.status}: recorded as failed"
        if state.status == "uninstalling":
            self.uninstall(release, namespace=namespace, options=options, cancelled=cancelled)
            return "its removal was not finished: completed"
        return None

    def explain(self, state: ReleaseState) -> list[str]:
        """Say which objects of a release are not ready and why; empty when all are. Never raises."""
        try:
            unready = find_unready(self.cluster, (_with_namespace(item, state) for item in state.objects()))
            hooks = find_unready(self.cluster, (_with_namespace(item, state) for item in state.hook_objects()))
            # A hook that is not there has done its work and was removed, or was never reached.
            unready += [(live, verdict) for live, verdict in hooks if "status" in live]
            lines = [line for live, verdict in unready for line in explain_unready(self.cluster, live, verdict)]
        except HubwrightError:
            return []
        return [redact(line, state.values) for line in lines]

    def _record_state(self, release: str, namespace: str) -> ReleaseState | None:
        with self._command() as helm:
            try:
                status = run_helm(
                    lambda: helm.status(release, namespace=namespace),
                    what=f"release {namespace}/{release}",
                    timeout_s=_QUICK_TIMEOUT_S,
                )
            except ReleaseNotFoundError:
                return None
        return parse_state(status)

    @contextmanager
    def _command(
        self,
        *,
        extra: list[str] | None = None,
        dropped: tuple[str, ...] = (),
        max_history: int = 0,
        connected: bool = True,
    ) -> Iterator[HelmCommand]:
        """Give a command with the kubeconfig at hand, and remove that file afterwards."""
        check_version(self._binary)
        options: dict[str, Any] = {"executable": str(self._binary), "history_max_revisions": max_history}
        if not connected:
            yield HelmCommand(extra=extra or (), dropped=dropped, **options)
            return
        with private_kubeconfig(self._kubeconfig) as path:
            options.update(kubeconfig=path, kubecontext=self._context)
            yield HelmCommand(extra=extra or (), dropped=dropped, **options)


def _with_namespace(item: ObjectAddress, state: ReleaseState) -> Mapping[str, Any]:
    metadata = {"name": item.name, "namespace": item.namespace or state.namespace}
    return {"apiVersion": item.api_version, "kind": item.kind, "metadata": metadata}
