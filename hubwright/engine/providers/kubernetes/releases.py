"""Helm releases as resources: ``kubernetes:helm.sh/v3:Release``.

A failed release keeps its state and reports the objects that are not ready, with their events and last log lines, so
that the next run continues instead of starting over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hubwright.adapters.helm import (
    HelmClient,
    ReleaseState,
    ReleaseTimeoutError,
    checksum,
    group_names,
    list_objects,
)
from hubwright.core.errors import (
    ApiError,
    CancelledError,
    ConfigError,
    DeadlineError,
    HubwrightError,
    ReleaseError,
    ToolchainError,
)
from hubwright.engine.property_values import PropertyMap, contains_unknown
from hubwright.engine.providers.base import (
    CheckFailure,
    CheckResult,
    DiffResult,
    OperationContext,
    PartialFailureError,
    ResourceState,
)
from hubwright.engine.providers.kubernetes.changes import changed_paths
from hubwright.engine.providers.kubernetes.release_inputs import (
    complete_inputs,
    find_chart,
    find_failures,
    helm_options,
    helm_values,
    refuse_unsupported,
    without_defaults,
)

_REPLACING = ("name", "namespace")


class ReleaseResources:
    """Releases of one cluster. `connect` gives the Helm client, `folder` is where relative chart paths start."""

    def __init__(
        self,
        connect: Callable[[], HelmClient],
        renderer: Callable[[], HelmClient],
        *,
        folder: Path,
        namespace: str,
        delete_unreachable: bool = False,
    ) -> None:
        self._connect = connect
        self._renderer = renderer
        self._folder = folder
        self._namespace = namespace
        self._delete_unreachable = delete_unreachable

    def check(self, olds: PropertyMap | None, news: PropertyMap, name: str) -> CheckResult:
        """Complete the inputs and render the chart once everything is known: Helm is not called before."""
        refuse_unsupported(news)
        inputs = complete_inputs(news, olds, name, self._namespace)
        failures = find_failures(inputs)
        if failures or contains_unknown(inputs):
            return CheckResult(inputs, failures)
        try:
            manifest = self._render(inputs)
        except ToolchainError:
            raise
        except HubwrightError as error:
            property_path = "chart" if isinstance(error, ConfigError) and error.code == "config" else "values"
            return CheckResult(inputs, [CheckFailure(property_path, error.message)])
        inputs["checksum"] = checksum(manifest)
        inputs["resourceNames"] = group_names(list_objects(manifest))
        return CheckResult(inputs)

    def diff(self, old_inputs: PropertyMap, new_inputs: PropertyMap) -> DiffResult:
        """Compare inputs, values in depth; what is computed counts only when everything was known to compute it."""
        computed = "checksum" in new_inputs
        changed = changed_paths(
            without_defaults(old_inputs, computed=computed), without_defaults(new_inputs, computed=computed)
        )
        return DiffResult(changed, [path for path in changed if path in _REPLACING])

    def create(self, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Install the release and wait until its objects are ready.

        A release of the same name and chart is what an interrupted run left: it is taken on. Another chart's is not.
        """
        existing = self._connect().get_state(inputs["name"], namespace=inputs["namespace"])
        if existing is not None:
            _check_same_chart(existing, inputs, self._folder)
            context.log(f"release {_id_of(inputs)} exists already ({existing.status}): upgrading it")
        return self._install(inputs, existing.revision if existing else 0, context)

    def update(self, old_outputs: PropertyMap, new_inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Upgrade the release and wait until its objects are ready."""
        revision = int((old_outputs.get("status") or {}).get("revision") or 0)
        return self._install(new_inputs, revision, context)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ResourceState | None:
        """Return the release as the cluster has it; for an import, inputs are what can be told from it."""
        namespace, _, name = id.rpartition("/")
        state = self._connect().get_state(name, namespace=namespace or self._namespace)
        if state is None:
            return None
        known = dict(inputs) if inputs else _importable(state)
        return ResourceState(id, _outputs({**known, "values": dict(state.values)}, known, state), known)

    def delete(self, id: str, inputs: PropertyMap, context: OperationContext) -> None:
        """Uninstall the release and wait until its objects are gone."""
        namespace, _, name = id.rpartition("/")
        options = helm_options(inputs, timeout_s=context.timeout_s)
        try:
            self._connect().uninstall(name, namespace=namespace, options=options, cancelled=context.cancelled)
        except ApiError as error:
            if error.status is not None or not self._delete_unreachable:
                raise
            context.log(f"release {id}: cluster unreachable, dropped from the state")

    def _render(self, inputs: PropertyMap) -> str:
        return self._renderer().render(
            inputs["name"],
            find_chart(inputs, self._folder),
            helm_values(inputs),
            namespace=inputs["namespace"],
            options=helm_options(inputs),
        )

    def _install(self, inputs: PropertyMap, known_revision: int, context: OperationContext) -> ResourceState:
        helm = self._connect()
        options = helm_options(inputs, timeout_s=context.timeout_s)
        try:
            state = helm.install_or_upgrade(
                inputs["name"],
                find_chart(inputs, self._folder),
                helm_values(inputs),
                namespace=inputs["namespace"],
                options=options,
                cancelled=context.cancelled,
                log=context.log,
            )
        except (ReleaseError, CancelledError, DeadlineError) as error:
            failed = _state_after(helm, inputs, error)
            if failed is None or failed.revision <= known_revision:
                raise
            reasons = _reasons(helm, failed, error, options.timeout_s)
            partial = ResourceState(_id_of(inputs), _outputs(inputs, inputs, failed))
            raise PartialFailureError(partial, reasons) from error
        return ResourceState(_id_of(inputs), _outputs(inputs, inputs, state))


def _state_after(helm: HelmClient, inputs: PropertyMap, error: HubwrightError) -> ReleaseState | None:
    """Read the release after a failure; when even that fails, the first error is the one to report."""
    try:
        return helm.get_state(inputs["name"], namespace=inputs["namespace"])
    except HubwrightError:
        raise error from None


def _reasons(helm: HelmClient, state: ReleaseState, error: HubwrightError, timeout_s: int) -> Sequence[str]:
    evidence = helm.explain(state)
    unready = sum(not line.startswith(" ") for line in evidence)
    if not isinstance(error, ReleaseTimeoutError) or not unready:
        return [error.message, *evidence]
    objects = "1 object is" if unready == 1 else f"{unready} objects are"
    where = f"release {state.namespace}/{state.name}, revision {state.revision}"
    return [f"{where}: {objects} not ready within {timeout_s} s", *evidence]


def _check_same_chart(existing: ReleaseState, inputs: PropertyMap, folder: Path) -> None:
    chart = find_chart(inputs, folder).chart
    if existing.chart and existing.chart not in Path(chart).name and not _names_chart(Path(chart), existing.chart):
        raise ReleaseError(
            f"release {_id_of(inputs)} exists already, with the chart {existing.chart!r}",
            hint="import it, uninstall it, or choose another release name",
        )


def _names_chart(folder: Path, name: str) -> bool:
    try:
        lines = (folder / "Chart.yaml").read_text().splitlines()
    except OSError:
        return False
    return any(line.replace('"', "").replace("'", "").strip() == f"name: {name}" for line in lines)


def _id_of(inputs: PropertyMap) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _outputs(shown: PropertyMap, inputs: PropertyMap, state: ReleaseState) -> PropertyMap:
    status = {
        "appVersion": state.app_version,
        "chart": state.chart,
        "name": state.name,
        "namespace": state.namespace,
        "revision": state.revision,
        "status": state.status,
        "version": state.version,
    }
    names = group_names(state.objects())
    return {**shown, "version": state.version, "resourceNames": names, "status": status, "__inputs": inputs}


def _importable(state: ReleaseState) -> PropertyMap:
    inputs = {"chart": state.chart, "version": state.version, "values": dict(state.values)}
    return complete_inputs({**inputs, "name": state.name, "namespace": state.namespace}, None, "", state.namespace)
