"""Dynamic providers (`pulumi.dynamic`): the provider's code travels pickled in the input `__provider`.

Behaves as the official plugin, `pulumi.dynamic.__main__`, which cannot be imported since it starts a server. The
provider is unpickled and configured once for each text of it.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from typing import Any, Final

from hubwright.core.errors import ResourceError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, Unknown
from hubwright.engine.providers.base import (
    CheckFailure,
    CheckResult,
    DiffResult,
    OperationContext,
    ResourceState,
)

PROVIDER_KEY: Final = "__provider"
_TYPE_PREFIX: Final = "pulumi-python:dynamic"


class DynamicProvider:
    """Unpickles the providers that resources bring along and passes every call on."""

    def __init__(self, config: PropertyMap) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._unpickled: dict[str, Any] = {}

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Ask the resource's provider, with `{}` as olds where there are none, as the plugin does."""
        del token, name, context
        found = self._provider(news, olds or {}).check(dict(olds or {}), dict(news))
        failures = [CheckFailure(failure.property, failure.reason) for failure in found.failures or ()]
        return CheckResult({**found.inputs, PROVIDER_KEY: news[PROVIDER_KEY]}, failures)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Ask the resource's provider; where it does not say, any changed input is an update."""
        del token, context
        found = self._provider(new_inputs, old_outputs).diff(id, dict(old_outputs), dict(new_inputs))
        keys = sorted(key for key in {*old_inputs, *new_inputs} if old_inputs.get(key) != new_inputs.get(key))
        replaces = list(found.replaces or ())
        if found.changes is False and not replaces:
            keys = []
        elif found.changes and not keys:
            keys = [PROVIDER_KEY]
        return DiffResult([*keys, *replaces], replaces, bool(found.delete_before_replace))

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Let it be made."""
        del context
        made = self._provider(inputs).create(dict(inputs))
        if not made.id:
            raise ResourceError(f"the dynamic provider of {token} gave its new resource no id")
        return ResourceState(str(made.id), {**(made.outs or {}), PROVIDER_KEY: inputs[PROVIDER_KEY]})

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Let it be looked up; no id in the answer means that it is gone."""
        del token, context
        known = outputs or inputs
        found = self._provider(known).read(id, dict(known))
        if not found.id:
            return None
        provider = {PROVIDER_KEY: known[PROVIDER_KEY]}
        read_inputs = None if found.inputs is None else {**found.inputs, **provider}
        return ResourceState(str(found.id), {**(found.outs or {}), **provider}, read_inputs)

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Let it be changed."""
        del token, old_inputs, context
        changed = self._provider(new_inputs).update(id, dict(old_outputs), dict(new_inputs))
        return ResourceState(id, {**(changed.outs or {}), PROVIDER_KEY: new_inputs[PROVIDER_KEY]})

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Let it be removed."""
        del token, context
        known = outputs if PROVIDER_KEY in outputs else inputs
        self._provider(known).delete(id, dict(known))

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Refuse: dynamic providers have no functions."""
        raise UnsupportedError(f"function {token} is not supported: dynamic providers have none")

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Return none: what is secret follows from the inputs."""
        del token
        return frozenset()

    def supports(self, token: str) -> bool:
        """Tell whether the type is that of a dynamic resource."""
        return token.startswith(_TYPE_PREFIX)

    def types(self) -> Sequence[str]:
        """List the plain type; classes may add a module and a name of their own to it."""
        return (f"{_TYPE_PREFIX}:Resource",)

    def _provider(self, properties: PropertyMap, otherwise: PropertyMap | None = None) -> Any:
        text = properties.get(PROVIDER_KEY)
        if isinstance(text, Unknown):
            text = (otherwise or {}).get(PROVIDER_KEY)
        if not isinstance(text, str):
            raise ResourceError("a dynamic resource has lost its provider", hint="declare it in the program again")
        with self._lock:
            if text not in self._unpickled:
                self._unpickled[text] = self._unpickle(text)
            return self._unpickled[text]

    def _unpickle(self, text: str) -> Any:
        """Load and configure. The text comes from the user's own program, or from the state that it wrote."""
        import dill
        from pulumi.dynamic import Config, ConfigureRequest
        from pulumi.metadata import get_project
        from pulumi.runtime._serialization import _deserialize

        provider = _deserialize(lambda: dill.loads(base64.b64decode(text)))  # noqa: S301 - see above
        provider.configure(ConfigureRequest(config=Config(raw_config=self._config, project_name=get_project())))
        return provider


def create_provider(inputs: PropertyMap) -> DynamicProvider:
    """Return the provider; `inputs` are the stack's configuration for `pulumi-python`."""
    return DynamicProvider(inputs)
