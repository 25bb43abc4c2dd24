"""Look at a stack's state and change it without an update: list, show, protect, delete, rename, export, import."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hubwright.adapters.pulumi_cli import capture_pulumi
from hubwright.core.errors import UsageError
from hubwright.engine.property_diff import mask
from hubwright.engine.property_values import unwrap_secrets
from hubwright.engine.records import ResourceRecord
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state_edits import delete_resources, find_resource, rename_resource, set_protection
from hubwright.workflows.state_store import StateStore
from hubwright.workflows.target import DeployTarget, open_engine, pulumi_environment


def list_resources(target: DeployTarget) -> list[dict[str, Any]]:
    """Return every resource of the state in its order: what it is, its id, and whether it is protected."""
    return [_row(record) for record in _records(target)]


def show_resource(target: DeployTarget, urn: str, *, show_secrets: bool) -> dict[str, Any]:
    """Return all that the state knows of one resource; secrets are masked unless `show_secrets`."""
    record = find_resource(Snapshot(_records(target)), urn)
    shown = unwrap_secrets if show_secrets else mask
    return {
        **_row(record),
        "parent": record.parent,
        "provider": record.provider,
        "dependencies": list(record.dependencies),
        "created": record.created,
        "modified": record.modified,
        "inputs": shown(record.inputs),
        "outputs": shown(record.outputs),
    }


def protect_resources(target: DeployTarget, urns: Sequence[str] | None, *, protect: bool) -> str:
    """Protect or unprotect resources, None for all, and say what was done."""
    verb = "protect" if protect else "unprotect"
    if target.uses_pulumi():
        return _run_cli(target, [verb, "--yes", *(urns or ["--all"])])
    counts: list[int] = []

    def change(snapshot: Snapshot) -> Snapshot:
        counts.append(set_protection(snapshot, urns, protect=protect))
        return snapshot

    StateStore(target).edit(change)
    return f"{_resources(counts[0])} {verb}ed"


def delete_from_state(
    target: DeployTarget, urns: Sequence[str], confirm: Callable[[], None], *, force: bool, target_dependents: bool
) -> str:
    """Drop resources from the state, not from the cloud, and say what was done."""
    if target.uses_pulumi():
        confirm()
        flags = [*(["--force"] if force else []), *(["--target-dependents"] if target_dependents else [])]
        return _run_cli(target, ["delete", "--yes", *flags, *urns])
    store = StateStore(target)
    before = store.read()
    left = delete_resources(before, urns, force=force, with_dependents=target_dependents)
    confirm()
    store.edit(lambda snapshot: delete_resources(snapshot, urns, force=force, with_dependents=target_dependents))
    return f"{_resources(len(before.resources) - len(left.resources))} dropped from the state; the cloud is as it was"


def rename_in_state(target: DeployTarget, urn: str, name: str) -> str:
    """Give a resource another name and say its new URN."""
    if not name or "::" in name:
        raise UsageError(f"not a name for a resource: {name!r}")
    if target.uses_pulumi():
        return _run_cli(target, ["rename", "--yes", urn, name])
    renamed: list[str] = []

    def change(snapshot: Snapshot) -> Snapshot:
        renamed.append(rename_resource(snapshot, urn, name))
        return snapshot

    StateStore(target).edit(change)
    return f"it is now {renamed[0]}; rename it in the program too, or the next update makes it anew"


def export_state(target: DeployTarget, *, show_secrets: bool) -> dict[str, Any]:
    """Return the state as `pulumi stack export` prints it."""
    if target.uses_pulumi():
        flags = ["--show-secrets"] if show_secrets else []
        exported: dict[str, Any] = json.loads(_capture(target, ["stack", "export", *flags]))
        return exported
    return StateStore(target).export(show_secrets=show_secrets)


def import_state(target: DeployTarget, text: str, confirm: Callable[[], None], *, source: str, force: bool) -> str:
    """Put an exported state in place of the stack's own and say what was done."""
    confirm()
    if target.uses_pulumi():
        return _capture(target, ["stack", "import", *(["--force"] if force else [])], stdin=text).strip()
    count = StateStore(target).import_(text, source=source, force=force)
    return f"{_resources(count)} imported; the state before is in the backups"


def _records(target: DeployTarget) -> Sequence[ResourceRecord]:
    if target.uses_pulumi():
        return open_engine(target, lambda _event: None).resources()
    return StateStore(target).read().resources


def _row(record: ResourceRecord) -> dict[str, Any]:
    return {"urn": record.urn, "type": record.type, "id": record.id, "protect": record.protect, "delete": record.delete}


def _resources(count: int) -> str:
    return f"{count} resource{'' if count == 1 else 's'}"


def _run_cli(target: DeployTarget, arguments: Sequence[str]) -> str:
    return _capture(target, ["state", *arguments]).strip()


def _capture(target: DeployTarget, arguments: Sequence[str], *, stdin: str | None = None) -> str:
    environment = pulumi_environment(target)
    return capture_pulumi(arguments, target.project.folder, target.stack, environment=environment, stdin=stdin)
