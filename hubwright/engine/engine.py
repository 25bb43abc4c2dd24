"""The embedded engine's front door: preview, up, destroy and outputs of one stack.

Importing this module is cheap. The SDK is imported when a run begins, while the key to the state's secrets is being
derived beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

from hubwright.engine.control import RunControl
from hubwright.engine.events import PREVIEWING, Diagnostic, Severity, UpdateKind
from hubwright.engine.options import EngineOptions, Program, RunOptions
from hubwright.engine.preload import wait_for_preload
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.records import ResourceRecord
from hubwright.engine.result import UpdateResult
from hubwright.engine.state.backend import StackName

__all__ = ["Engine", "EngineOptions", "Program", "RunOptions", "UpdateResult"]

_EVERYTHING: Final = RunOptions()


class Engine:
    """Runs a Pulumi program on one stack, in this process. Every run reads the state anew.

    Runs raise HubwrightError, after all that was done is saved: StateLockedError, StateError, PolicyError,
    ResourceError for resources that failed, CancelledError after `cancel`, and what the program itself raised.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._name = StackName(options.project, options.stack)
        self._control = RunControl()

    def preview(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Tell what `up` would do; changes nothing and takes no lock."""
        return self._run(UpdateKind.PREVIEW, run)

    def up(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Create, update, replace and delete until everything is as the program says."""
        return self._run(UpdateKind.UP, run)

    def preview_destroy(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Tell what `destroy` would do."""
        return self._run(UpdateKind.PREVIEW_DESTROY, run)

    def destroy(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Delete everything in the state, without running the program."""
        return self._run(UpdateKind.DESTROY, run)

    def preview_refresh(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Tell what `refresh` would do."""
        return self._run(UpdateKind.PREVIEW_REFRESH, run)

    def refresh(self, run: RunOptions = _EVERYTHING) -> UpdateResult:
        """Bring the state to what is really there, without running the program."""
        return self._run(UpdateKind.REFRESH, run)

    def outputs(self) -> PropertyMap:
        """Return the stack's outputs, secrets marked. Raises StackNotFoundError when it was never brought up."""
        from hubwright.engine.stored_stacks import read_outputs

        return read_outputs(self._options, self._name)

    def resources(self) -> Sequence[ResourceRecord]:
        """Return what the state knows of each resource, secrets marked.

        Raises StackNotFoundError when the stack was never brought up.
        """
        from hubwright.engine.stored_stacks import read_resources

        return read_resources(self._options, self._name)

    def cancel(self, hard: bool = False) -> None:
        """Begin nothing new and save what ends; `hard` also asks running operations to give up waiting.

        Safe to call from a signal handler or another thread, more than once.
        """
        self._control.cancel(hard=hard)

    def _run(self, kind: UpdateKind, run: RunOptions) -> UpdateResult:
        from hubwright.engine.state.checkpoint import StoredCheckpoint

        options = self._options
        with nullcontext(()) if kind in PREVIEWING else options.backend.lock(self._name) as notices:
            for notice in notices:
                options.on_event(Diagnostic(Severity.WARNING, notice))
            text = options.backend.load(self._name)
            stored = StoredCheckpoint(
                text, source=self._source(), passphrase=options.passphrase, salt=options.encryption_salt
            )
            stored.warm_up()
            wait_for_preload()
            from hubwright.engine.update import UpdateRun

            return UpdateRun(options, run, kind, self._control, stored, text).run()

    def _source(self) -> str:
        return self._options.backend.describe(self._name)
