"""Plain Kubernetes objects: checked, compared, applied, awaited and removed.

Objects are made by server-side apply under a field manager of their own, kept in the output ``__fieldManager``. Outputs
are the live object plus ``__inputs`` and ``__initialApiVersion``, as pulumi-kubernetes 4 writes them.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubwright.adapters.kubernetes import KubernetesClient, Manifest, describe
from hubwright.core.errors import ApiError, HubwrightError
from hubwright.engine.property_values import PropertyMap, Unknown
from hubwright.engine.providers.base import (
    CheckFailure,
    CheckResult,
    DiffResult,
    OperationContext,
    PartialFailureError,
    ResourceState,
)
from hubwright.engine.providers.kubernetes.changes import Mutability, changed_paths, replacing_paths
from hubwright.engine.providers.kubernetes.tokens import parse_token
from hubwright.engine.providers.kubernetes.waiting import wait_until_ready

AUTONAMED = "pulumi.com/autonamed"
_DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_PATCH_FORCE = "pulumi.com/patchForce"
_FIELD_MANAGER = "pulumi.com/patchFieldManager"
_MANAGER_PREFIX = "pulumi-kubernetes-"
_DEFAULT_TIMEOUT_S = 600.0
_SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


@dataclass(frozen=True, slots=True)
class ObjectSettings:
    """The provider's settings that concern plain objects."""

    namespace: str = "default"
    mutability: Mutability = field(default_factory=Mutability)
    upsert_existing: bool = False
    force_conflicts: bool = False
    delete_unreachable: bool = False


class ObjectResources:
    """Every plain kind. `connect` gives the client, connected on first need: check and diff work without a cluster."""

    def __init__(self, connect: Callable[[], KubernetesClient], settings: ObjectSettings) -> None:
        self._connect = connect
        self._settings = settings

    def check(self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str) -> CheckResult:
        """Fill in apiVersion, kind, namespace and, without a name, one that is kept from run to run."""
        kind = parse_token(token)
        inputs = {"apiVersion": kind.api_version, "kind": kind.kind, **copy.deepcopy(news)}
        metadata = inputs.setdefault("metadata", {})
        if isinstance(metadata, Unknown):
            return CheckResult(inputs)
        if metadata.get("generateName") and not metadata.get("name"):
            failure = CheckFailure("metadata.generateName", "is not supported: leave the name out to have one made")
            return CheckResult(inputs, [failure])
        if not metadata.get("name"):
            _set_autoname(metadata, olds, name)
        if kind.is_namespaced and not metadata.get("namespace"):
            metadata["namespace"] = self._settings.namespace
        return CheckResult(inputs)

    def diff(self, token: str, old_inputs: PropertyMap, new_inputs: PropertyMap) -> DiffResult:
        """Compare inputs. A new object of the same name can only be made after the old one is gone."""
        is_autonamed = _annotation(new_inputs, AUTONAMED) == "true"
        changed = changed_paths(old_inputs, new_inputs)
        replace = replacing_paths(parse_token(token).kind, changed, old_inputs, self._settings.mutability)
        same_place = not any(path in {"metadata.name", "metadata.namespace", "metadata"} for path in replace)
        return DiffResult(changed, replace, delete_before_replace=bool(replace) and same_place and not is_autonamed)

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Apply the object and wait until it is ready; one that exists already is taken over only if it is ours."""
        client = self._connect()
        existing = _find(client, inputs)
        manager = _own_manager(existing) or _annotation(inputs, _FIELD_MANAGER)
        if existing and not _own_manager(existing) and not self._settings.upsert_existing:
            raise _exists_already(existing)
        manager = str(manager or f"{_MANAGER_PREFIX}{secrets.token_hex(4)}")
        return self._apply(token, inputs, manager, parse_token(token).api_version, context)

    def recover(
        self, token: str, inputs: PropertyMap, known_ids: Collection[str], context: OperationContext
    ) -> ResourceState | None:
        """Find the object by its name. An object without fields, as a bare Namespace, shows no manager to go by."""
        live = _find(self._connect(), inputs)
        if live is None or _id_of(live) in known_ids:
            return None
        return self.read(token, _id_of(live), inputs, {}, context)

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return the live object, its inputs being what the known ones look like now, or all of it for an import."""
        kind = parse_token(token)
        namespace, _, name = id.rpartition("/")
        try:
            live = self._connect().get(kind.api_version, kind.kind, name, namespace or None)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        if live is None:
            return None
        known = project(live, inputs) if inputs else _importable(live)
        manager = str(outputs.get("__fieldManager") or _own_manager(live) or _MANAGER_PREFIX + secrets.token_hex(4))
        initial = str(outputs.get("__initialApiVersion") or kind.api_version)
        return ResourceState(_id_of(live), _outputs(live, known, manager, initial), known)

    def update(
        self, token: str, old_outputs: PropertyMap, new_inputs: PropertyMap, context: OperationContext
    ) -> ResourceState:
        """Apply the new inputs under the same field manager, so that fields no longer named are removed."""
        manager = str(old_outputs.get("__fieldManager") or f"{_MANAGER_PREFIX}{secrets.token_hex(4)}")
        initial = str(old_outputs.get("__initialApiVersion") or parse_token(token).api_version)
        return self._apply(token, new_inputs, manager, initial, context)

    def delete(self, token: str, id: str, inputs: PropertyMap, context: OperationContext) -> None:
        """Remove the object with what it owns and wait until it is gone."""
        kind = parse_token(token)
        namespace, _, name = id.rpartition("/")
        policy = str(_annotation(inputs, _DELETION_PROPAGATION) or "foreground").capitalize()
        timeout_s = context.timeout_s or _DEFAULT_TIMEOUT_S
        try:
            client = self._connect()
            client.delete(kind.api_version, kind.kind, name, namespace or None, propagation=policy)  # type: ignore[arg-type]
            client.wait_until_gone(
                kind.api_version,
                kind.kind,
                name,
                namespace or None,
                timeout_s=timeout_s,
                cancelled=context.cancelled,
            )
        except ApiError as error:
            if error.status == 404:
                return
            if error.status is None and self._settings.delete_unreachable:
                context.log(f"{describe(kind.kind, name, namespace)}: cluster unreachable, dropped from the state")
                return
            raise

    def _apply(
        self, token: str, inputs: PropertyMap, manager: str, initial_api_version: str, context: OperationContext
    ) -> ResourceState:
        client = self._connect()
        force = self._settings.force_conflicts or str(_annotation(inputs, _PATCH_FORCE)).lower() == "true"
        live = client.apply(inputs, field_manager=manager, force=force)

        def state_of(current: Manifest) -> ResourceState:
            return ResourceState(_id_of(current), _outputs(current, inputs, manager, initial_api_version), None)

        try:
            outcome = wait_until_ready(client, live, context, default_timeout_s=_DEFAULT_TIMEOUT_S)
        except HubwrightError as error:
            # The object is there: its state must not be lost because the wait for it was.
            raise PartialFailureError(state_of(live), [error.message]) from error
        if outcome.reasons:
            raise PartialFailureError(state_of(outcome.live), outcome.reasons)
        return state_of(outcome.live)


def project(live: Any, known: Any) -> Any:
    """Return `live` cut to the shape of `known`: the inputs as they are now. What the server never shows is kept."""
    if isinstance(live, dict) and isinstance(known, dict):
        shown = {key: project(live[key], value) for key, value in known.items() if key in live}
        hidden = {key: value for key, value in known.items() if key == "stringData" and key not in live}
        return {**shown, **hidden}
    if isinstance(live, list) and isinstance(known, list) and len(live) == len(known):
        return [project(item, before) for item, before in zip(live, known, strict=True)]
    return live


def _set_autoname(metadata: dict[str, Any], olds: PropertyMap | None, name: str) -> None:
    old = (olds or {}).get("metadata") or {}
    kept = old.get("name") if (old.get("annotations") or {}).get(AUTONAMED) == "true" else None
    metadata["name"] = kept or f"{name}-{secrets.token_hex(4)}"
    metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}


def _find(client: KubernetesClient, inputs: PropertyMap) -> Manifest | None:
    metadata = inputs["metadata"]
    return client.get(str(inputs["apiVersion"]), str(inputs["kind"]), metadata["name"], metadata.get("namespace"))


def _own_manager(live: Manifest | None) -> str | None:
    """Return the field manager under which a Pulumi engine made this object; None when none did."""
    for entry in ((live or {}).get("metadata") or {}).get("managedFields") or []:
        if str(entry.get("manager", "")).startswith(_MANAGER_PREFIX) and entry.get("operation") == "Apply":
            return str(entry["manager"])
    return None


def _exists_already(existing: Manifest) -> ApiError:
    name = describe(str(existing["kind"]), existing["metadata"]["name"], existing["metadata"].get("namespace"))
    return ApiError(
        f"{name} exists already and was not made by this program",
        status=409,
        hint="import it, delete it, or give the new one another name",
    )


def _annotation(inputs: Mapping[str, Any], key: str) -> Any:
    metadata = inputs.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations.get(key) if isinstance(annotations, dict) else None


def _id_of(live: Manifest) -> str:
    metadata = live["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def _outputs(live: Manifest, inputs: PropertyMap, manager: str, initial_api_version: str) -> PropertyMap:
    own = {"__inputs": inputs, "__initialApiVersion": initial_api_version, "__fieldManager": manager}
    return {**live, **own}


def _importable(live: Manifest) -> PropertyMap:
    """Return a live object without what only the server writes."""
    inputs = {key: value for key, value in copy.deepcopy(live).items() if key != "status"}
    for key in _SERVER_FIELDS:
        inputs["metadata"].pop(key, None)
    return inputs
