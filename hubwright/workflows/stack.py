"""The stacks of a project: make, list, choose, rename, remove, history; and end what holds one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from hubwright.adapters.files import replace_file
from hubwright.adapters.pulumi_cli import capture_pulumi
from hubwright.core.errors import StackNotFoundError, StateError, UsageError
from hubwright.core.nearest import nearest_name
from hubwright.core.yaml_edit import YamlText
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint import CheckpointWriter, StoredCheckpoint
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.engine.state_edits import has_resources, rename_stack
from hubwright.workflows.backend_url import backend_url
from hubwright.workflows.project import Project, read_passphrase
from hubwright.workflows.selection import select_stack, selected_stack
from hubwright.workflows.state_store import StateStore
from hubwright.workflows.target import DeployTarget, open_backend, pulumi_environment

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_SHARED_MODE: Final = 0o644


def init_stack(target: DeployTarget, *, select: bool = True) -> str:
    """Make a stack: its settings file where there is none, and an empty state. Raises StateError when it is there."""
    require_name(target.stack)
    if target.uses_pulumi():
        done = _capture(target, ["stack", "init", target.stack, *([] if select else ["--no-select"])], named=False)
        return done.strip() or f"stack {target.stack} is made"
    store = StateStore(target)
    if store.backend.load(store.name) is not None:
        raise StateError(
            f"stack {target.stack} exists already", hint=f"choose it: hubwright stack select {target.stack}"
        )
    ensure_salt(target)
    with store.backend.lock(store.name):
        empty = StoredCheckpoint(None, source=store.backend.describe(store.name), passphrase=lambda: "")
        store.backend.save(
            store.name, CheckpointWriter(store.name.full, empty.secrets, empty.snapshot()).format(empty.snapshot())
        )
    if select:
        choose_stack(target.project, target.stack)
    file = os.path.relpath(target.project.stack_file(target.stack))
    return f"stack {target.stack} is made; write its settings in {file}, then `hubwright preview {target.stack}`"


def require_name(stack: str) -> None:
    """Refuse what Pulumi takes for no stack's name."""
    if not _NAME.fullmatch(stack):
        raise UsageError(f"not a stack's name: {stack!r}", hint="letters, digits, `-`, `_` and `.`, at most 100")


def ensure_salt(target: DeployTarget) -> str:
    """Return the salt of the stack's secrets, made and written to its settings file where there is none."""
    file = target.project.stack_file(target.stack)
    text = file.read_text(encoding="utf-8") if file.is_file() else "config: {}\n"
    document = YamlText(text, source=str(file))
    try:
        return str(document.get(("encryptionsalt",)))
    except KeyError:
        passphrase = partial(read_passphrase, target.project, target.stack, os.environ)
        salt = PassphraseCrypter(passphrase).salt_state
    document.set(("encryptionsalt",), salt)
    replace_file(file, document.text(), mode=_SHARED_MODE)
    return salt


def list_stacks(target: DeployTarget) -> list[dict[str, Any]]:
    """Return every stack that has a settings file or a state: its resources and its last update, None where none is."""
    project = target.project
    chosen = selected_stack(project, backend_url(project, os.environ), os.environ)
    if target.uses_pulumi():
        known = {
            item["name"].rpartition("/")[2]: item
            for item in json.loads(_capture(target, ["stack", "ls", "--json"], named=False))
        }
        rows = {name: (item.get("resourceCount"), item.get("lastUpdate")) for name, item in known.items()}
    else:
        rows = {name: _summary(DeployTarget(project, name, target.engine, None, None)) for name in _names(target)}
    names = sorted({*project.stacks(), *rows})
    return [
        {
            "name": name,
            "current": name == chosen,
            "resourceCount": rows.get(name, (None, None))[0],
            "lastUpdate": rows.get(name, (None, None))[1],
        }
        for name in names
    ]


def _names(target: DeployTarget) -> list[str]:
    """Names of the stacks in the backend; `local` may have one of its own."""
    found = {name.stack for name in open_backend(target).list_stacks(target.project.name)}
    local = DeployTarget(target.project, "local", target.engine, None, None)
    found |= {name.stack for name in open_backend(local).list_stacks(target.project.name) if name.stack == "local"}
    return sorted(found)


def _summary(target: DeployTarget) -> tuple[int | None, str | None]:
    store = StateStore(target)
    text = store.backend.load(store.name)
    if text is None:
        return None, None
    latest = json.loads(text)["checkpoint"].get("latest") or {}
    history = store.backend.read_history(store.name)
    return len(latest.get("resources") or ()), _time(history[0].ended_s) if history else None


def choose_stack(project: Project, stack: str | None) -> None:
    """Keep a choice of stack, for this backend; None takes it back."""
    select_stack(project, stack, backend_url(project, os.environ), os.environ)


def chosen_stack(project: Project) -> str | None:
    """Return the chosen stack."""
    return selected_stack(project, backend_url(project, os.environ), os.environ)


def require_stack(target: DeployTarget) -> None:
    """Raise StackNotFoundError, naming the nearest, for a stack with neither settings nor state."""
    names = [item["name"] for item in list_stacks(target)]
    if target.stack not in names:
        close = nearest_name(target.stack, names)
        hint = f"did you mean {close}?" if close else f"make it with `hubwright stack init {target.stack}`"
        raise StackNotFoundError(f"no stack {target.stack}", hint=hint)


def remove_stack(
    target: DeployTarget, confirm: Callable[[], None], *, force: bool, preserve_config: bool, remove_backups: bool
) -> str:
    """Remove a stack's state, history and settings. Raises StateError while it has resources, unless `force`."""
    if target.uses_pulumi():
        confirm()
        flags = [*(["--force"] if force else []), *(["--preserve-config"] if preserve_config else [])]
        flags += ["--remove-backups"] if remove_backups else []
        _capture(target, ["stack", "rm", "--yes", *flags])
    else:
        store = StateStore(target)
        if has_resources(store.read()) and not force:
            raise StateError(
                f"stack {target.stack} still has resources",
                hint=f"delete them with `hubwright destroy {target.stack}`, or leave them behind with --force",
            )
        confirm()
        with store.editing() as stored:
            if has_resources(stored.snapshot()) and not force:
                raise StateError(f"stack {target.stack} has got resources in the meantime")
            store.backend.remove_stack(store.name, keep_backups=not remove_backups)
        if not preserve_config:
            target.project.stack_file(target.stack).unlink(missing_ok=True)
    if chosen_stack(target.project) == target.stack and "PULUMI_STACK" not in os.environ:
        choose_stack(target.project, None)
    return f"stack {target.stack} is removed"


def rename_whole_stack(target: DeployTarget, name: str) -> str:
    """Give a stack another name, in its state, its history and its settings file."""
    require_name(name)
    project = target.project
    if target.uses_pulumi():
        _capture(target, ["stack", "rename", name])
    else:
        if project.stack_file(name).exists():
            raise UsageError(f"{project.stack_file(name)} exists already")
        store = StateStore(target)
        new = StackName(project.name, name)
        with store.editing() as stored:
            snapshot = stored.snapshot()
            rename_stack(snapshot, stack=name)
            text = CheckpointWriter(new.full, stored.secrets, snapshot).format(snapshot)
            store.backend.rename_stack(store.name, new, text)
        if project.stack_file(target.stack).exists():
            project.stack_file(target.stack).rename(project.stack_file(name))
    if chosen_stack(project) == target.stack and "PULUMI_STACK" not in os.environ:
        choose_stack(project, name)
    return f"stack {target.stack} is now {name}; resources in the cloud keep the names that they have"


def read_history(target: DeployTarget) -> list[dict[str, Any]]:
    """Return the stack's updates, the newest first."""
    if target.uses_pulumi():
        updates: list[dict[str, Any]] = json.loads(_capture(target, ["stack", "history", "--json"]))
        return [{**item, "message": item.get("message", "")} for item in updates]
    store = StateStore(target)
    store.require_text()
    return [
        {
            "version": entry.version,
            "kind": entry.kind,
            "result": entry.result,
            "startTime": _time(entry.started_s),
            "endTime": _time(entry.ended_s),
            "message": entry.message,
            "resourceChanges": dict(entry.changes),
        }
        for entry in store.backend.read_history(store.name)
    ]


def cancel_update(target: DeployTarget, confirm: Callable[[], None]) -> str:
    """Take the lock away from whoever holds the stack, and say who it was.

    It is for a run that is gone: one that still runs notices, and saves nothing more.
    """
    if target.uses_pulumi():
        confirm()
        return _capture(target, ["cancel", "--yes"]).strip() or f"the update of {target.stack} is cancelled"
    store = StateStore(target)
    holders = store.backend.list_locks(store.name)
    if not holders:
        return f"nothing holds stack {target.stack}"
    confirm()
    names = ", ".join(str(holder) for holder in store.backend.break_locks(store.name))
    return f"the lock of {names} is gone; `hubwright up {target.stack}` goes on from what was saved"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _capture(target: DeployTarget, arguments: list[str], *, named: bool = True) -> str:
    stack = target.stack if named else None
    return capture_pulumi(arguments, target.project.folder, stack, environment=pulumi_environment(target))
