"""The engine's `Provider` made of declared resource types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from hubwright.core.errors import HubwrightError, ResourceError, UnsupportedError
from hubwright.engine.property_values import PropertyMap, contains_unknown
from hubwright.engine.providers.base import (
    CheckResult,
    DiffResult,
    OperationContext,
    PartialFailureError,
    ResourceState,
)
from hubwright.engine.providers.declared.checking import check_inputs
from hubwright.engine.providers.declared.comparing import diff_inputs
from hubwright.engine.providers.declared.fields import without_internal
from hubwright.engine.providers.declared.resource import Change, Created, Function, ResourceType
from hubwright.engine.providers.declared.waiting import Pace, Waiter


class DeclaredProvider:
    """Checks, compares, makes, reads, changes and removes resources of declared types.

    A resource that exists is never lost: once the creating call has answered, every failure is a PartialFailureError
    with the id in it, whose cause is the error itself.
    """

    def __init__(
        self,
        package: str,
        resources: Iterable[ResourceType],
        functions: Mapping[str, Function] | None = None,
        *,
        pace: Pace | None = None,
    ) -> None:
        self.package = package
        self._resources = {resource.type_name: resource for resource in resources}
        self._functions = dict(functions or {})
        self._pace = pace or Pace()

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Validate and complete inputs; every fault is reported at once."""
        del context
        resource = self._resource(token)
        result = check_inputs(resource.fields, olds, news, name)
        problems = resource.problems(result.inputs) if not result.failures else ()
        return CheckResult(result.inputs, [*result.failures, *problems])

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Compare by the type's table; makes no call."""
        del id, context
        return diff_inputs(self._resource(token).fields, old_inputs, old_outputs, new_inputs)

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Make it, wait, and return what the API then says of it."""
        resource, wanted = self._resource(token), without_internal(inputs)
        wait = self._waiter(context, resource.timeouts.create_s)
        created = resource.begin(wanted, wait)

        def complete() -> PropertyMap | None:
            resource.finish(created.id, wanted, wait)
            return resource.read(created.id, wanted, created.outputs)

        return self._complete(complete, resource, created, inputs, wait)

    def recover(
        self, token: str, inputs: PropertyMap, known_ids: Collection[str], context: OperationContext
    ) -> ResourceState | None:
        """Find what an interrupted create has made, as its type recognises it."""
        del context
        resource, wanted = self._resource(token), without_internal(inputs)
        found = resource.recover(wanted, known_ids)
        if found is None:
            return None
        return ResourceState(found, self._known_outputs(resource, Created(found), inputs), inputs)

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return the live state, None when it is gone."""
        del context
        live = self._resource(token).read(id, without_internal(inputs), without_internal(outputs))
        return None if live is None else ResourceState(id, without_internal(live), inputs)

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Change it in place, wait, and return what the API then says of it."""
        resource, wanted = self._resource(token), without_internal(new_inputs)
        change = Change(without_internal(old_inputs), without_internal(old_outputs), wanted)
        wait = self._waiter(context, resource.timeouts.update_s)

        def complete() -> PropertyMap | None:
            resource.change(id, change, wait)
            return resource.read(id, wanted, change.old_outputs)

        return self._complete(complete, resource, Created(id, change.old_outputs), new_inputs, wait)

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Remove it and wait until it is gone."""
        resource = self._resource(token)
        properties = {**without_internal(inputs), **without_internal(outputs)}
        resource.remove(id, properties, self._waiter(context, resource.timeouts.delete_s))

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Answer a data source; one with unknown arguments has no answer yet, which the engine must not ask for."""
        del context
        function = self._functions.get(token)
        if function is None:
            raise UnsupportedError(
                f"the embedded engine has no function {token}", hint="deploy with the Pulumi CLI to use it"
            )
        if contains_unknown(arguments):
            raise UnsupportedError(f"{token} was called with arguments that are not known yet")
        result: PropertyMap = without_internal(function(without_internal(arguments)))
        return result

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Top-level outputs that are always secret for this type."""
        return frozenset(key for key, field in self._resource(token).fields.items() if field.secret)

    def supports(self, token: str) -> bool:
        """Tell whether this provider has the resource type."""
        return token in self._resources

    def types(self) -> Sequence[str]:
        """Tokens of every resource type it has."""
        return sorted(self._resources)

    def _resource(self, token: str) -> ResourceType:
        try:
            return self._resources[token]
        except KeyError:
            raise UnsupportedError(
                f"the embedded engine has no resource type {token}",
                hint="deploy with the Pulumi CLI (--engine pulumi) to use it",
            ) from None

    def _waiter(self, context: OperationContext, default_s: float) -> Waiter:
        timeout_s = default_s if context.timeout_s is None else context.timeout_s
        return Waiter(_subject(context.urn), timeout_s, cancelled=context.cancelled, log=context.log, pace=self._pace)

    def _complete(
        self,
        complete: Callable[[], PropertyMap | None],
        resource: ResourceType,
        created: Created,
        inputs: PropertyMap,
        wait: Waiter,
    ) -> ResourceState:
        try:
            outputs = complete()
            if outputs is None:
                raise ResourceError(f"{wait.subject} vanished right after it was made or changed")
        except Exception as error:
            state = ResourceState(created.id, self._known_outputs(resource, created, inputs), inputs)
            raise PartialFailureError(state, [_reason(error)]) from error
        return ResourceState(created.id, without_internal(outputs), inputs)

    @staticmethod
    def _known_outputs(resource: ResourceType, created: Created, inputs: PropertyMap) -> PropertyMap:
        """What can be told of a resource that failed: the live state, else what was asked."""
        wanted = without_internal(inputs)
        try:
            live = resource.read(created.id, wanted, created.outputs)
        except Exception:  # noqa: BLE001 - whatever broke the operation may break this too; the id must survive it
            live = None
        known: PropertyMap = without_internal(live) if live is not None else {**wanted, **created.outputs}
        return known


def _subject(urn: str) -> str:
    """`KubeNodePool user` of `urn:pulumi:local::hub::…$ovh:CloudProject/kubeNodePool:KubeNodePool::user`."""
    parts = urn.split("::")
    kind = parts[-2].rpartition(":")[2] if len(parts) > 1 else "resource"
    return f"{kind} {parts[-1]}"


def _reason(error: Exception) -> str:
    if isinstance(error, HubwrightError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    # Foreign text may quote what was sent; its type is enough here, the rest stays in the cause.
    return f"unexpected {type(error).__name__} while completing the operation"
