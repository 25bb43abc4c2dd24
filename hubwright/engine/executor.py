"""Carries single operations out: calls the provider, and tells the journal before and after."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hubwright.core.errors import (
    ApiError,
    AuthenticationError,
    ConfigError,
    HubwrightError,
    PolicyError,
    QuotaError,
    ResourceError,
    UnsupportedError,
)
from hubwright.engine.control import RunControl
from hubwright.engine.events import Step
from hubwright.engine.journal import StateJournal
from hubwright.engine.property_diff import mark_same_named_secrets
from hubwright.engine.property_values import PropertyMap, Secret, unwrap_secrets
from hubwright.engine.provider_pool import ProviderPool
from hubwright.engine.providers.base import (
    CheckResult,
    DiffResult,
    OperationContext,
    PartialFailureError,
    Provider,
    RecoveringProvider,
    ResourceState,
)
from hubwright.engine.records import OperationKind, PendingOperation, ResourceRecord
from hubwright.engine.redaction import redact
from hubwright.engine.reporter import Reporter
from hubwright.engine.state.checkpoint import timestamp

_WITHOUT_EFFECT = (ConfigError, AuthenticationError, QuotaError, UnsupportedError, PolicyError)


class StoppedError(Exception):
    """The run is being stopped and nothing new may begin; never reaches the user."""


class Executor:
    """Runs operations of one update, from many threads; at most `parallel` of them at once."""

    def __init__(
        self,
        pool: ProviderPool,
        journal: StateJournal,
        reporter: Reporter,
        control: RunControl,
        *,
        parallel: int,
        preview: bool,
    ) -> None:
        self.pool = pool
        self.journal = journal
        self.reporter = reporter
        self.control = control
        self.preview = preview
        self._slots = threading.BoundedSemaphore(parallel)
        self._unsettled: dict[str, PendingOperation] = {}

    def check(self, new: ResourceRecord, inputs: PropertyMap, old: ResourceRecord | None, name: str) -> None:
        """Let the provider complete the inputs of `new`. Raises ResourceError listing all that it refuses."""
        olds = None if old is None else unwrap_secrets(old.inputs)
        with self._provider_call(new, inputs) as provider:
            result = provider.check(new.type, olds, unwrap_secrets(inputs), name, self._context(new, None))
        _raise_check_failures(new, result)
        new.inputs = mark_same_named_secrets(result.inputs, inputs)

    def diff(self, old: ResourceRecord, new: ResourceRecord) -> DiffResult:
        """Let the provider compare two records of a resource."""
        with self._provider_call(new, new.inputs) as provider:
            return provider.diff(
                new.type,
                old.id,
                unwrap_secrets(old.inputs),
                unwrap_secrets(old.outputs),
                unwrap_secrets(new.inputs),
                self._context(new, None),
            )

    def create(self, step: Step, new: ResourceRecord, replaced: ResourceRecord | None) -> None:
        """Make a resource. `replaced` is its predecessor, to be deleted later or already gone."""
        self._refuse_to_make_twice(new)
        if new.additional_secret_outputs or self.pool.provider(new.provider).secret_outputs(new.type):
            self.journal.require_encryption()
        with self._operation(step, OperationKind.CREATING, new) as operation:
            failure: PartialFailureError | None = None
            with self._provider_call(new, new.inputs) as provider:
                try:
                    state = provider.create(
                        new.type, unwrap_secrets(new.inputs), self._context(new, new.timeouts.create_s)
                    )
                except PartialFailureError as partial:
                    state, failure = partial.state, partial
                    new.init_errors = partial.reasons
                self._take_over(new, state)
            new.created = new.modified
            gone = replaced is not None and replaced.pending_replacement
            self.journal.finish(operation, add=new, drop=replaced if gone else None, outdate=None if gone else replaced)
            _raise_partial_failure(new, failure)

    def settle(self, operation: PendingOperation) -> bool:
        """Find out what an operation did that an earlier run left pending, and have the state say so.

        What a create has made is taken in, to be updated; what a delete has removed is marked as gone; an update is
        made again. Returns False when the provider cannot tell. Raises HubwrightError when it cannot be asked.
        """
        if operation.kind is OperationKind.CREATING:
            return self._settle_create(operation)
        same = (record for record in self.journal.unseen if record.urn == operation.record.urn)
        known = next((record for record in same if record.id == operation.record.id or not operation.record.id), None)
        if known is not None and operation.kind is OperationKind.UPDATING:
            known.init_errors = ("the run that updated it was interrupted",)
            self.journal.touch(known)
        gone = known if operation.kind is OperationKind.DELETING and known and not self._exists(known) else None
        self.journal.settle(operation, gone=gone)
        return True

    def _settle_create(self, operation: PendingOperation) -> bool:
        record = operation.record
        self._unsettled[record.urn] = operation
        with self._provider_call(record, record.inputs) as provider:
            if not isinstance(provider, RecoveringProvider):
                del self._unsettled[record.urn]
                return False
            alike = (known for known in self.journal.unseen if known.type == record.type)
            known_ids = frozenset(known.id for known in alike if not known.pending_replacement)
            state = provider.recover(record.type, unwrap_secrets(record.inputs), known_ids, self._context(record, None))
        if state is not None:
            self._take_over(record, state)
            record.created = record.modified
            record.init_errors = ("the run that made it was interrupted",)
        self.journal.settle(operation, record if state is not None else None)
        del self._unsettled[record.urn]
        return True

    def _exists(self, record: ResourceRecord) -> bool:
        with self._provider_call(record, record.inputs) as provider:
            inputs, outputs = unwrap_secrets(record.inputs), unwrap_secrets(record.outputs)
            return provider.read(record.type, record.id, inputs, outputs, self._context(record, None)) is not None

    def _refuse_to_make_twice(self, new: ResourceRecord) -> None:
        """Ask again what an interrupted create made that could not be looked up when the run began."""
        operation = self._unsettled.get(new.urn)
        if operation is None:
            return
        self._settle_create(operation)
        if operation.record.id:
            raise ResourceError(
                f"{new.urn} was made by an earlier run that was interrupted, and is found only now",
                hint="it is in the state now: run the same command again",
            )

    def update(self, step: Step, old: ResourceRecord, new: ResourceRecord) -> None:
        """Change a resource in place."""
        with self._operation(step, OperationKind.UPDATING, new) as operation:
            failure: PartialFailureError | None = None
            with self._provider_call(new, new.inputs) as provider:
                try:
                    state = provider.update(
                        new.type,
                        old.id,
                        unwrap_secrets(old.inputs),
                        unwrap_secrets(old.outputs),
                        unwrap_secrets(new.inputs),
                        self._context(new, new.timeouts.update_s),
                    )
                except PartialFailureError as partial:
                    state, failure = partial.state, partial
                    new.init_errors = partial.reasons
                self._take_over(new, state)
            new.created = old.created
            self.journal.finish(operation, add=new, drop=old)
            _raise_partial_failure(new, failure)

    def delete(self, step: Step, old: ResourceRecord, *, make_again: bool = False) -> None:
        """Remove a resource; with `make_again` its record stays, marked, until its successor exists."""
        with self._operation(step, OperationKind.DELETING, old) as operation:
            with self._provider_call(old, old.inputs) as provider:
                provider.delete(
                    old.type,
                    old.id,
                    unwrap_secrets(old.inputs),
                    unwrap_secrets(old.outputs),
                    self._context(old, old.timeouts.delete_s),
                )
            if make_again:
                old.pending_replacement = True
            self.journal.finish(operation, drop=None if make_again else old)

    def forget(self, step: Step, old: ResourceRecord, *, make_again: bool = False) -> None:
        """Drop a record whose resource is not ours to delete, or is nothing in the cloud; as `delete` otherwise."""
        if make_again:
            old.pending_replacement = True
            self.journal.touch(old)
        else:
            self.journal.finish(drop=old)
        self.reporter.done(step)

    def read(self, new: ResourceRecord, id_: str) -> None:
        """Look a resource of someone else up by its id and fill the record. Raises ResourceError when there is none."""
        with self._slots, self._provider_call(new, new.inputs) as provider:
            # Providers get what is known both as inputs and as outputs, as from Pulumi.
            known = unwrap_secrets(new.inputs)
            state = provider.read(new.type, id_, known, known, self._context(new, None))
            if state is None:
                raise _not_found(new, id_)
            self._take_over(new, state)

    def refresh(self, step: Step, old: ResourceRecord) -> tuple[ResourceState | None, Sequence[str]]:
        """Look a known resource up again: None when it is gone, and what is wrong with it."""
        with self._slots:
            if self.control.stopping():
                raise StoppedError
            self._announce(step)
            with self._provider_call(old, old.inputs) as provider:
                inputs, outputs = unwrap_secrets(old.inputs), unwrap_secrets(old.outputs)
                try:
                    return provider.read(old.type, old.id, inputs, outputs, self._context(old, None)), ()
                except PartialFailureError as partial:
                    self.reporter.warn(f"it is not healthy: {'; '.join(partial.reasons)}", old.urn)
                    return partial.state, partial.reasons

    def import_(self, step: Step, new: ResourceRecord, replaced: ResourceRecord | None) -> None:
        """Take a resource that is there already into the state as it is; `replaced` is to be deleted later.

        Raises ResourceError when there is none, UnsupportedError when its provider cannot tell its inputs.
        """
        with self._operation(step, OperationKind.IMPORTING, new) as operation:
            with self._provider_call(new, new.inputs) as provider:
                state = provider.read(new.type, new.import_id, {}, {}, self._context(new, None))
            if state is None:
                raise _not_found(new, new.import_id)
            if state.inputs is None:
                raise UnsupportedError(f"{new.urn}: the provider cannot import a {new.type}")
            new.inputs = mark_same_named_secrets(state.inputs, new.inputs)
            self._take_over(new, state)
            new.created = new.modified
            self.journal.finish(operation, add=new, outdate=replaced)

    def invoke(self, reference: str, token: str, arguments: PropertyMap) -> PropertyMap:
        """Ask a provider's function."""
        with self._slots, _explained(f"function {token}", arguments):
            provider = self.pool.provider(reference)
            return provider.invoke(token, unwrap_secrets(arguments), self._context_of(reference, None))

    def mark_secrets(self, record: ResourceRecord, outputs: PropertyMap) -> PropertyMap:
        """Mark what is secret among outputs: by the inputs, by the type, by the resource's option."""
        secret = {
            *record.additional_secret_outputs,
            *self.pool.provider(record.provider).secret_outputs(record.type),
        }
        marked = mark_same_named_secrets(outputs, record.inputs)
        return {
            key: Secret(value) if key in secret and not isinstance(value, Secret) else value
            for key, value in marked.items()
        }

    def _take_over(self, new: ResourceRecord, state: ResourceState) -> None:
        new.id = state.id
        new.outputs = self.mark_secrets(new, state.outputs)
        new.modified = timestamp()

    @contextmanager
    def _operation(self, step: Step, kind: OperationKind, record: ResourceRecord) -> Iterator[PendingOperation]:
        """Hold a slot and a pending operation around a block, saved before and after; the block finishes it."""
        with self._slots:
            if self.control.stopping():
                raise StoppedError
            operation = self._begin(kind, record)
            self._announce(step)
            started = time.monotonic()
            try:
                yield operation
            except BaseException as error:
                if not self._may_have_acted(operation, error):
                    self.journal.abandon(operation)
                raise
            finally:
                self._flush()
            self._conclude(step, time.monotonic() - started)

    def _may_have_acted(self, operation: PendingOperation, error: BaseException) -> bool:
        """Tell whether a failed operation may have changed the cloud all the same: its answer was lost, or came late.

        It then stays pending in the state, for the next run to look into; a create only where its provider can look.
        """
        if isinstance(error, _WITHOUT_EFFECT) or (isinstance(error, ApiError) and _is_refusal(error.status)):
            return False
        if operation.kind is not OperationKind.CREATING:
            return operation.kind is not OperationKind.IMPORTING
        return isinstance(self.pool.provider(operation.record.provider), RecoveringProvider)

    def _announce(self, step: Step) -> None:
        if not self.preview:
            self.reporter.started(step)

    def _conclude(self, step: Step, duration_s: float) -> None:
        if self.preview:
            self.reporter.planned(step)
        else:
            self.reporter.done(step, duration_s)

    def _begin(self, kind: OperationKind, record: ResourceRecord) -> PendingOperation:
        try:
            return self.journal.begin(kind, record)
        except HubwrightError as error:
            self.control.stop(error)
            raise StoppedError from error

    def _flush(self) -> None:
        """Save; when that fails nothing new may begin, and the run ends with that error."""
        try:
            self.journal.flush()
        except HubwrightError as error:
            self.control.stop(error)

    @contextmanager
    def _provider_call(self, record: ResourceRecord, secrets: PropertyMap) -> Iterator[Provider]:
        with _explained(record.urn, secrets):
            provider = self.pool.provider(record.provider)
            if not provider.supports(record.type):
                self.pool.refuse_type(record.type, record.urn)
            yield provider

    def _context(self, record: ResourceRecord, timeout_s: float | None) -> OperationContext:
        return self._context_of(record.urn, timeout_s)

    def _context_of(self, urn: str, timeout_s: float | None) -> OperationContext:
        return OperationContext(
            urn=urn,
            timeout_s=timeout_s,
            preview=self.preview,
            cancelled=self.control.cancelled_hard,
            log=lambda line: self.reporter.news(urn, line),
        )


@contextmanager
def _explained(subject: str, secrets: PropertyMap) -> Iterator[None]:
    """Turn whatever a provider raises into an error of ours that names the subject and hides its secrets."""
    try:
        yield
    except (HubwrightError, PartialFailureError):
        raise
    except Exception as error:
        text = redact(f"{type(error).__name__}: {error}", secrets)
        raise ResourceError(f"{subject}: {text}") from error


def _is_refusal(status: int | None) -> bool:
    """Tell whether an API that answered so has done nothing; 408 says that it gave up, not what it did."""
    return status is not None and 400 <= status < 500 and status != 408


def _not_found(record: ResourceRecord, id_: str) -> ResourceError:
    return ResourceError(f"{record.urn}: there is no {record.type} with the id {id_!r}")


def _raise_check_failures(new: ResourceRecord, result: CheckResult) -> None:
    if result.failures:
        reasons = "; ".join(
            f"{failure.property}: {failure.reason}" if failure.property else failure.reason
            for failure in result.failures
        )
        raise ResourceError(f"{new.urn}: wrong inputs: {reasons}")


def _raise_partial_failure(new: ResourceRecord, failure: PartialFailureError | None) -> None:
    if failure is not None:
        raise ResourceError(
            f"{new.urn} exists but is not ready: {'; '.join(failure.reasons)}",
            hint="its state is saved; the next update goes on from there",
        ) from failure
