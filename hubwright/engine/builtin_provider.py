"""Pulumi's own package ``pulumi``, which is part of the engine: stack references, and looking resources up.

Follows "pkg/resource/deploy/builtins.go".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from hubwright.core.errors import ConfigError, ResourceError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, contains_secret
from hubwright.engine.providers.base import CheckResult, DiffResult, OperationContext, ResourceState
from hubwright.engine.records import ResourceRecord
from hubwright.engine.state.backend import StackName

PACKAGE: Final = "pulumi"
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"

_GET_RESOURCE: Final = "pulumi:pulumi:getResource"
_READ_STACK_OUTPUTS: Final = "pulumi:pulumi:readStackOutputs"
_ORGANIZATION: Final = "organization"
_FULL_NAME_PARTS: Final = 3


class BuiltinProvider:
    """Reads other stacks by `read_outputs`, which raises for a stack that is not there, and resources by `find`."""

    def __init__(
        self,
        name: StackName,
        read_outputs: Callable[[StackName], PropertyMap],
        find: Callable[[str], ResourceRecord | None],
    ) -> None:
        self._name = name
        self._read_outputs = read_outputs
        self._find = find

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Refuse: nothing of this package can be created."""
        self._refuse(token)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Find nothing: what is only read is compared by its outputs."""
        return DiffResult()

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Refuse: nothing of this package can be created."""
        self._refuse(token)

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return a stack's outputs of now, secrets marked."""
        stack = inputs.get("name") or outputs.get("name")
        if not isinstance(stack, str):
            raise ConfigError("a stack reference needs the name of a stack", hint="it cannot be imported")
        return ResourceState(id, self._stack_outputs(stack), inputs)

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Refuse: nothing of this package can be changed."""
        self._refuse(token)

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Do nothing: a reference is only in the state."""

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Look up a resource of this run, or the outputs of a stack."""
        if token == _GET_RESOURCE:
            return self._resource(arguments["urn"])
        if token == _READ_STACK_OUTPUTS:
            return self._stack_outputs(arguments["name"])
        raise UnsupportedError(f"function {token} is not supported by the embedded engine")

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Return none: secrets keep the mark that they have in their stack."""
        return frozenset()

    def supports(self, token: str) -> bool:
        """Tell whether the type is the stack reference."""
        return token == STACK_REFERENCE

    def types(self) -> Sequence[str]:
        """List the one type."""
        return (STACK_REFERENCE,)

    def _stack_outputs(self, stack: str) -> PropertyMap:
        outputs = self._read_outputs(self._stack_name(stack))
        secret = sorted(key for key, value in outputs.items() if contains_secret(value))
        return {"name": stack, "outputs": outputs, "secretOutputNames": secret}

    def _stack_name(self, text: str) -> StackName:
        parts = text.split("/")
        if (len(parts) > 1 and parts[0] != _ORGANIZATION) or len(parts) > _FULL_NAME_PARTS or not all(parts):
            raise ConfigError(f"{text!r} is not a stack's name", hint="write organization/<project>/<stack>")
        project = parts[1] if len(parts) == _FULL_NAME_PARTS else self._name.project
        return StackName(project, parts[-1])

    def _resource(self, urn: str) -> PropertyMap:
        record = self._find(urn)
        if record is None:
            raise ResourceError(f"there is no resource {urn} in this run of the program")
        return {"urn": urn, "id": record.id, "provider": record.provider, "state": record.outputs}

    def _refuse(self, token: str) -> NoReturn:
        raise UnsupportedError(
            f"resource type {token} cannot be created by the embedded engine", hint="use --engine pulumi for it"
        )
