"""The seam between the engine and whatever makes resources: one Protocol, the four results it returns.

The methods are those of Pulumi's provider protocol (proto/pulumi/provider.proto) without the wire. Secrets are
unwrapped before a provider is called: the engine marks outputs secret again, those that equal a secret input's key,
those the provider names in `secret_outputs`, and the resource's `additionalSecretOutputs`. Unknowns reach `check`
and `diff` in previews only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hubwright.engine.property_values import PropertyMap


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One input that a provider refuses: the property's path and why."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Inputs with defaults and autonames filled in, and what is wrong with them."""

    inputs: PropertyMap
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True, slots=True)
class DiffResult:
    """What an update would do. `changed` and `replace` are property paths; empty `changed` means no change."""

    changed: Sequence[str] = ()
    replace: Sequence[str] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class ResourceState:
    """A live resource as its provider sees it: id, full outputs, and inputs where `read` can tell them."""

    id: str
    outputs: PropertyMap
    inputs: PropertyMap | None = None


class PartialFailureError(Exception):
    """The resource exists but did not become what was asked; its state must be kept and the next run updates it.

    Raised by `create` and `update` with the state as far as known. `reasons` reach the user.
    """

    def __init__(self, state: ResourceState, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.state = state
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class OperationContext:
    """What every provider call gets to know about its surroundings.

    `timeout_s` is the resource's customTimeouts value or the provider's default when None; `cancelled` becomes true
    when the user wants to stop hard: waits poll it; `log` shows a line to the user under this resource.
    """

    urn: str
    timeout_s: float | None = None
    preview: bool = False
    cancelled: Callable[[], bool] = field(default=lambda: False)
    log: Callable[[str], None] = field(default=lambda _line: None)


class Provider(Protocol):
    """One configured provider instance (one `pulumi:providers:X` resource). Called from many threads at once."""

    def check(
        self, token: str, olds: PropertyMap | None, news: PropertyMap, name: str, context: OperationContext
    ) -> CheckResult:
        """Validate and complete inputs. `name` is the logical name, for autonames; `olds` None asks for fresh ones."""

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> DiffResult:
        """Compare checked inputs with the old ones; pure, no calls to the cloud."""

    def create(self, token: str, inputs: PropertyMap, context: OperationContext) -> ResourceState:
        """Make it and wait until it is usable. Raises PartialFailureError when it exists but is not right."""

    def read(
        self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext
    ) -> ResourceState | None:
        """Return the live state, None when it is gone."""

    def update(
        self,
        token: str,
        id: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        context: OperationContext,
    ) -> ResourceState:
        """Change it in place and wait until it is usable again."""

    def delete(self, token: str, id: str, inputs: PropertyMap, outputs: PropertyMap, context: OperationContext) -> None:
        """Remove it and wait until it is gone. Something already gone is success."""

    def invoke(self, token: str, arguments: PropertyMap, context: OperationContext) -> PropertyMap:
        """Answer a data source (function) call."""

    def secret_outputs(self, token: str) -> frozenset[str]:
        """Top-level outputs that are always secret for this type."""

    def supports(self, token: str) -> bool:
        """Tell whether this provider has the resource type."""

    def types(self) -> Sequence[str]:
        """Tokens of every resource type it has."""


@runtime_checkable
class RecoveringProvider(Protocol):
    """A provider that can find what an interrupted create has made."""

    def recover(
        self, token: str, inputs: PropertyMap, known_ids: Collection[str], context: OperationContext
    ) -> ResourceState | None:
        """Return the resource that a create with these inputs made before its answer was lost, None when there is none.

        Called at the start of a run for each create that an earlier one left pending; waits for nothing. What has one
        of `known_ids`, the ids of this type that the state has, is never the answer: a replacement may bear its
        predecessor's name. What exists but cannot be taken over, such as a user whose password nobody knows, is
        removed.
        """


ProviderFactory = Callable[[PropertyMap], Provider]
"""Builds a configured provider from its inputs (secrets unwrapped): `{"endpoint": "http://…", …}`."""


@runtime_checkable
class ComparingFactory(Protocol):
    """A factory that knows when another configuration means other resources; without it, it never does."""

    def replacing_inputs(self, old: PropertyMap, new: PropertyMap) -> Sequence[str]:
        """Return the inputs whose change means that nothing which was made with the old ones is there any more.

        The provider is then replaced, and all its resources with it. In previews `new` may hold unknowns.
        """


ProviderFactories = Mapping[str, ProviderFactory]
"""Package name (``openstack``, ``ovh``, ``kubernetes``, ``random``, ``pulumi-python`` for dynamic) to factory."""
