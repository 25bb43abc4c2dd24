"""The `kubernetes` package of the embedded engine: one provider for one cluster.

A cluster is contacted only to create, read, update and delete. Check and diff work with a kubeconfig that is not known
yet, as in the first preview of a program that makes its own cluster.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubwright.adapters.kubernetes import KubernetesClient, parse_kubeconfig
from hubwright.core.errors import ConfigError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, contains_unknown
from hubwright.engine.providers.base import CheckResult, DiffResult, OperationContext, ResourceState
from hubwright.engine.providers.kubernetes.changes import Mutability
from hubwright.engine.providers.kubernetes.objects import ObjectResources, ObjectSettings
from hubwright.engine.providers.kubernetes.tokens import RELEASE, parse_token

if TYPE_CHECKING:
    from hubwright.adapters.helm import HelmClient
    from hubwright.engine.providers.kubernetes.releases import ReleaseResources

_UNSUPPORTED_INPUTS = ("alwaysRender", "cluster", "renderYamlToDirectory")


class KubernetesProvider:
    """Plain objects by server-side apply, and Helm releases."""

    def __init__(self, inputs: PropertyMap) -> None:
        for name in _UNSUPPORTED_INPUTS:
            if inputs.get(name):
                raise UnsupportedError(f"the embedded engine has no provider option kubernetes:{name}")
        self._inputs = inputs
        self._lock = threading.Lock()
        self._client: KubernetesClient | None = None
        self._helm: HelmClient | None = None
        self._release_resources: ReleaseResources | None = None
        self._namespace = self._default_namespace()
        self._objects = ObjectResources(self._connect, self._object_settings())

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Validate and complete inputs."""
        if token == RELEASE:
            return self._releases().check(olds, news, name)
        return self._objects.check(token, olds, news, name)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Compare inputs; no call to the cluster."""
        if token == RELEASE:
            return self._releases().diff(old_inputs, new_inputs)
        return self._objects.diff(token, old_inputs, new_inputs)

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Make the object or release and wait until it is ready; in a preview, only say what it would be."""
        if context.preview:
            return ResourceState("", dict(inputs))
        if token == RELEASE:
            return self._releases().create(inputs, context)
        return self._objects.create(token, inputs, context)

    def recover(
        self, token: str, inputs: PropertyMap, known_ids: Collection[str], context: OperationContext
    ) -> ResourceState | None:
        """Find the object that an interrupted create applied. A release is left to `create`, which takes it over."""
        return None if token == RELEASE else self._objects.recover(token, inputs, known_ids, context)

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return the live state, None when it is gone."""
        if token == RELEASE:
            return self._releases().read(id, inputs, outputs)
        return self._objects.read(token, id, inputs, outputs, context)

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Change it in place and wait until it is ready again."""
        if context.preview:
            return ResourceState(id, {**old_outputs, **new_inputs})
        if token == RELEASE:
            return self._releases().update(old_outputs, new_inputs, context)
        return self._objects.update(token, old_outputs, new_inputs, context)

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Remove it and wait until it is gone."""
        if token == RELEASE:
            self._releases().delete(id, inputs, context)
        else:
            self._objects.delete(token, id, inputs, context)

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Refuse: the package's functions render YAML and charts on the client, which the program does not use."""
        raise UnsupportedError(f"the embedded engine has no function {token}", hint="use kubernetes.helm.v3.Release")

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Return the outputs that are always secret: ``__inputs`` repeats inputs without their marks."""
        return frozenset({"__inputs", "data", "stringData"} if token.endswith("/v1:Secret") else {"__inputs"})

    def supports(self, token: str) -> bool:
        """Tell whether `token` is the Release or a plain kind, custom ones too."""
        if token == RELEASE:
            return True
        try:
            parse_token(token)
        except UnsupportedError:
            return False
        return True

    def types(self) -> Sequence[str]:
        """Return the one type that is not a plain kind; of those there is no end, see `supports`."""
        return (RELEASE,)

    def _object_settings(self) -> ObjectSettings:
        return ObjectSettings(
            namespace=self._namespace,
            mutability=Mutability(
                secrets=self._is_set("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
                config_maps=self._is_set("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
            ),
            upsert_existing=self._is_set("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
            force_conflicts=self._is_set("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
            delete_unreachable=self._is_set("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        )

    def _is_set(self, name: str, variable: str) -> bool:
        """Read a switch from the provider's inputs, else from the variable that the official plugin reads."""
        value: Any = self._inputs.get(name)
        if value is None:
            value = os.environ.get(variable, "")
        return str(value).lower() in {"true", "1"}

    def _default_namespace(self) -> str:
        """Return the namespace of objects that name none; it needs no cluster, but a kubeconfig that is known."""
        if namespace := self._inputs.get("namespace"):
            return str(namespace)
        if contains_unknown(self._inputs.get("kubeconfig")):
            return "default"
        try:
            return parse_kubeconfig(self._kubeconfig(), context=self._context()).namespace
        except ConfigError:
            # Nothing was asked of the cluster yet; the first call that needs it says what is wrong.
            return "default"

    def _kubeconfig(self) -> str:
        """Return the kubeconfig's text: the input, which may name a file, else $KUBECONFIG or ~/.kube/config."""
        given = self._inputs.get("kubeconfig")
        if contains_unknown(given):
            raise ConfigError("the kubeconfig is not known yet", hint="this is only possible in an update")
        if given and ("\n" in str(given) or str(given).lstrip().startswith("{")):
            return str(given)
        path = Path(str(given or os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")).expanduser()
        try:
            return path.read_text()
        except OSError as error:
            raise ConfigError(
                f"the kubeconfig {path} cannot be read: {error.strerror}",
                hint="give the kubernetes provider a `kubeconfig`",
            ) from error

    def _context(self) -> str | None:
        return self._inputs.get("context") or None

    def _connect(self) -> KubernetesClient:
        with self._lock:
            if self._client is None:
                self._client = KubernetesClient(self._kubeconfig(), context=self._context())
            return self._client

    def _connect_helm(self) -> HelmClient:
        cluster = self._connect()
        with self._lock:
            if self._helm is None:
                self._helm = self._new_helm(self._kubeconfig(), cluster)
            return self._helm

    def _renderer(self) -> HelmClient:
        return self._new_helm("", None)

    def _new_helm(self, kubeconfig: str, cluster: KubernetesClient | None) -> HelmClient:
        # pyhelm3 takes a third of a second to import: programs without releases do not pay for it.
        from hubwright.adapters.helm import HelmClient

        return HelmClient(kubeconfig, cluster=cluster, context=self._context())

    def _releases(self) -> ReleaseResources:
        from hubwright.engine.providers.kubernetes.releases import ReleaseResources

        with self._lock:
            if self._release_resources is None:
                self._release_resources = ReleaseResources(
                    self._connect_helm,
                    self._renderer,
                    folder=Path(os.environ.get("HUBWRIGHT_PROGRAM_DIR") or Path.cwd()),
                    namespace=self._namespace,
                    delete_unreachable=self._is_set("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
                )
            return self._release_resources
