"""A stack's state as the verbs see it that look at it or change it without an update; of the embedded engine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from hubwright.core.errors import ConfigError, StackNotFoundError, StateError
from hubwright.engine.marshal import SECRET_SIGNATURE, SIGNATURE_KEY
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state.backend import StackName, StateBackend
from hubwright.engine.state.checkpoint import CheckpointWriter, StoredCheckpoint
from hubwright.engine.state.checkpoint_file import PLAIN_VERSION, read_document, write_document
from hubwright.engine.state_edits import foreign_resources
from hubwright.workflows.project import read_passphrase, read_stack_file
from hubwright.workflows.target import DeployTarget, open_backend

DEPLOYMENT_VERSION: Final = PLAIN_VERSION


class StateStore:
    """Reads and edits the state of one stack, under its lock and with a backup before each change."""

    def __init__(self, target: DeployTarget) -> None:
        self._target = target
        self.name = StackName(target.project.name, target.stack)
        self.backend: StateBackend = open_backend(target)

    def require_text(self) -> str:
        """Return the checkpoint's text. Raises StackNotFoundError when there is none."""
        text = self.backend.load(self.name)
        if text is None:
            raise StackNotFoundError(
                f"stack {self.name.stack} has no state in {self.backend.describe(self.name)}",
                hint=f"make it with `hubwright stack init {self.name.stack}`, or bring it up",
            )
        return text

    def read(self) -> Snapshot:
        """Return the state as it is."""
        return self._open(self.require_text()).snapshot()

    def edit(self, change: Callable[[Snapshot], Snapshot]) -> None:
        """Change the state; an error of `change` leaves it alone."""
        with self.editing() as stored:
            before = stored.snapshot()
            writer = CheckpointWriter(self.name.full, stored.secrets, before)
            self.replace(writer.format(change(before)))

    @contextmanager
    def editing(self) -> Iterator[StoredCheckpoint]:
        """Hold the lock for a block that may change the state."""
        with self.backend.lock(self.name):
            yield self._open(self.require_text())

    def replace(self, text: str) -> None:
        """Back the state up and put another in its place; the caller holds the lock."""
        self.backend.back_up(self.name)
        self.backend.save(self.name, text)

    def export(self, *, show_secrets: bool) -> dict[str, Any]:
        """Return the state in the form of `pulumi stack export`; secrets stay encrypted unless `show_secrets`."""
        text = self.require_text()
        latest = read_document(text, self.backend.describe(self.name))["checkpoint"].get("latest") or {}
        if show_secrets:
            latest = _in_clear(latest, self._open(text))
        return {"version": DEPLOYMENT_VERSION, "deployment": latest}

    def import_(self, text: str, *, source: str, force: bool) -> int:
        """Put an exported state in place of the stack's own and return how many resources it has.

        Raises StateError when it breaks a rule, or is another stack's and `force` is not given.
        """
        latest = _exported(text, source)
        with self.backend.lock(self.name):
            self.require_text()
            stored = self._open(write_document(self.name.full, latest), source=source)
            snapshot = stored.snapshot()
            foreign = foreign_resources(snapshot, project=self.name.project, stack=self.name.stack)
            if foreign and not force:
                raise StateError(
                    f"{source}: {len(foreign)} resources are of another stack, such as {foreign[0]}",
                    hint="name the stack that it is of, or add --force when you are sure",
                )
            self.replace(CheckpointWriter(self.name.full, stored.secrets, snapshot).format(snapshot))
        return len(snapshot.resources)

    def _open(self, text: str, *, source: str | None = None) -> StoredCheckpoint:
        project, stack = self._target.project, self.name.stack
        try:
            salt = read_stack_file(project, stack).encryption_salt
        except StackNotFoundError:
            salt = None
        return StoredCheckpoint(
            text,
            source=source or self.backend.describe(self.name),
            passphrase=partial(read_passphrase, project, stack, os.environ),
            salt=salt,
        )


def _exported(text: str, source: str) -> Mapping[str, Any]:
    """Read what `state export` or `pulumi stack export` wrote, or a checkpoint file."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{source}: not JSON", hint="give it what `hubwright state export` prints") from error
    if isinstance(document, dict) and document.get("version") == DEPLOYMENT_VERSION:
        if isinstance(document.get("deployment"), dict):
            return document["deployment"] or {}
        if isinstance(document.get("checkpoint"), dict):
            return document["checkpoint"].get("latest") or {}
    raise ConfigError(
        f"{source}: not an exported state of version {DEPLOYMENT_VERSION}",
        hint="give it what `hubwright state export` prints",
    )


def _in_clear(value: Any, stored: StoredCheckpoint) -> Any:
    if isinstance(value, list):
        return [_in_clear(item, stored) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE and "ciphertext" in value:
        plaintext = stored.secrets.crypter.decrypt(value["ciphertext"])
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": plaintext}
    return {key: _in_clear(item, stored) for key, item in value.items()}
