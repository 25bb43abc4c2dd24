"""A snapshot to and from Pulumi's checkpoint file, version 3 (`apitype.VersionedCheckpoint`).

Fields that this engine has no use for are kept as they came, so that taking over a state loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hubwright.core.errors import StateError, UnsupportedError
from hubwright.engine.marshal import SECRET_SIGNATURE
from hubwright.engine.records import OperationKind, PendingOperation, ResourceRecord, Timeouts
from hubwright.engine.snapshot import Snapshot, verify_snapshot
from hubwright.engine.state.checkpoint_file import manifest_magic, read_document, write_document
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.engine.state.values import SecretsCache, decode_properties, encode_properties
from hubwright.engine.urn import parse_urn

ENGINE_VERSION: Final = "v3.272.0"
"""Pulumi's version that the manifest names; its SHA-256 is the manifest's magic, which the CLI checks."""

_STRING_FIELDS: Final = {
    "parent": "parent",
    "provider": "provider",
    "deletedWith": "deleted_with",
    "importID": "import_id",
    "created": "created",
    "modified": "modified",
}
_FLAG_FIELDS: Final = {
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "delete": "delete",
    "pendingReplacement": "pending_replacement",
    "retainOnDelete": "retain_on_delete",
}
_LIST_FIELDS: Final = {
    "dependencies": "dependencies",
    "initErrors": "init_errors",
    "additionalSecretOutputs": "additional_secret_outputs",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
}
_OWN_FIELDS: Final = {
    *_STRING_FIELDS,
    *_FLAG_FIELDS,
    *_LIST_FIELDS,
    *("urn", "type", "custom", "id", "inputs", "outputs", "propertyDependencies", "customTimeouts"),
    # Read and dropped: Pulumi writes none, and takes one that it finds for a second resource.
    "aliases",
}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_UNIT_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class CheckpointWriter:
    """Formats snapshots of one stack; `before` is the one that the update begins with."""

    def __init__(self, stack_name: str, secrets: SecretsCache, before: Snapshot) -> None:
        self._stack_name = stack_name
        self._before = before
        self.secrets = secrets

    def format(self, snapshot: Snapshot, *, verify: bool = True) -> str:
        """Return the file's text. Raises StateError, naming the resource, when the snapshot breaks a rule."""
        if verify:
            verify_snapshot(snapshot, source="the state to be saved")
        resources = [format_record(record, self.secrets) for record in snapshot.resources]
        pending = [
            {"resource": format_record(operation.record, self.secrets), "type": operation.kind.value}
            for operation in snapshot.pending_operations
        ]
        latest: dict[str, Any] = {"manifest": _manifest()}
        provider = self.secrets_provider()
        if provider is not None:
            latest["secrets_providers"] = provider
        if resources:
            latest["resources"] = resources
        if pending:
            latest["pending_operations"] = pending
        return write_document(self._stack_name, latest | {"metadata": snapshot.metadata})

    def secrets_provider(self) -> dict[str, Any] | None:
        """Return what a reader needs to open the secrets: what the state had, else our own once there are secrets."""
        if self._before.secrets_provider is not None or not self.secrets.used:
            return self._before.secrets_provider
        return {"type": "passphrase", "state": {"salt": self.secrets.crypter.salt_state}}


def _manifest() -> dict[str, str]:
    return {"time": timestamp(), "magic": manifest_magic(ENGINE_VERSION), "version": ENGINE_VERSION}


def timestamp() -> str:
    """Return the time now as the state writes it: RFC 3339, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class StoredCheckpoint:
    """A checkpoint's text, opened but not yet decrypted, so that the key can be derived beside other work.

    `salt` is `encryptionsalt` of the stack's settings file, used where the state has no salt of its own. Raises
    StateError when the text is no checkpoint of version 3, UnsupportedError for secrets that are not by passphrase.
    """

    def __init__(
        self, text: str | None, *, source: str, passphrase: Callable[[], str], salt: str | None = None
    ) -> None:
        self._source = source
        self._latest = {} if text is None else _latest_deployment(text, source)
        self._has_secrets = text is not None and SECRET_SIGNATURE in text
        provider = self._latest.get("secrets_providers") or None
        self.secrets = SecretsCache(PassphraseCrypter(passphrase, _salt_of(provider) or salt))

    def warm_up(self) -> None:
        """Start deriving the key when the state has secrets."""
        if self._has_secrets:
            self.secrets.crypter.warm_up()

    def snapshot(self) -> Snapshot:
        """Decrypt and check everything; raises StateError, naming the resource, when a rule is broken."""
        latest, source = self._latest, self._source
        resources = [_record(stored, self.secrets, source) for stored in latest.get("resources") or ()]
        pending = [
            PendingOperation(OperationKind(stored["type"]), _record(stored["resource"], self.secrets, source))
            for stored in latest.get("pending_operations") or ()
        ]
        provider = latest.get("secrets_providers") or None
        snapshot = Snapshot(resources, pending, provider, latest.get("metadata") or {})
        verify_snapshot(snapshot, source=source)
        return snapshot


def _latest_deployment(text: str, source: str) -> Mapping[str, Any]:
    latest: Mapping[str, Any] = read_document(text, source)["checkpoint"].get("latest") or {}
    manifest = latest.get("manifest") or {}
    version, magic = manifest.get("version", ""), manifest.get("magic", "")
    if version and magic != manifest_magic(version):
        raise StateError(
            f"{source}: the manifest's magic does not fit its version",
            hint="the file was edited by hand; the .bak file beside it holds the state before the last update",
        )
    return latest


def _salt_of(provider: Mapping[str, Any] | None) -> str | None:
    if provider is None or not provider.get("type"):
        return None
    if provider["type"] != "passphrase":
        raise UnsupportedError(f"secrets provider {provider['type']!r}: only passphrase is supported")
    salt: str = provider["state"]["salt"]
    return salt


def _record(stored: Mapping[str, Any], secrets: SecretsCache, source: str) -> ResourceRecord:
    urn = stored.get("urn")
    if not isinstance(urn, str):
        raise StateError(f"{source}: a resource has no URN")
    try:
        return parse_record(stored, secrets)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StateError(f"{source}: resource {urn} is malformed: {error}") from error


def parse_record(stored: Mapping[str, Any], secrets: SecretsCache) -> ResourceRecord:
    """Read one resource of the state."""
    urn = stored["urn"]
    fields: dict[str, Any] = {name: stored.get(key) or "" for key, name in _STRING_FIELDS.items()}
    fields |= {name: bool(stored.get(key)) for key, name in _FLAG_FIELDS.items()}
    fields |= {name: tuple(stored.get(key) or ()) for key, name in _LIST_FIELDS.items()}
    return ResourceRecord(
        urn=urn,
        type=stored.get("type") or parse_urn(urn).type,
        custom=bool(stored.get("custom")),
        id=stored.get("id") or "",
        inputs=decode_properties(stored.get("inputs") or {}, secrets, urn),
        outputs=decode_properties(stored.get("outputs") or {}, secrets, urn),
        property_dependencies={k: tuple(v or ()) for k, v in (stored.get("propertyDependencies") or {}).items()},
        timeouts=_timeouts(stored.get("customTimeouts") or {}),
        extra={key: value for key, value in stored.items() if key not in _OWN_FIELDS},
        **fields,
    )


def _timeouts(stored: Mapping[str, Any]) -> Timeouts:
    create, update, delete = (parse_duration(stored.get(key)) for key in ("create", "update", "delete"))
    return Timeouts(create, update, delete)


def parse_duration(stored: str | float | None) -> float | None:
    """Read seconds, or Go's notation (``1h30m``); None and zero mean the provider's default."""
    if not stored:
        return None
    if isinstance(stored, (int, float)):
        return float(stored)
    parts = _DURATION_PART.findall(stored)
    if "".join(number + unit for number, unit in parts) != stored:
        raise ValueError(f"not a duration: {stored!r}")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)


def format_record(record: ResourceRecord, secrets: SecretsCache) -> dict[str, Any]:
    """Write one resource for the state, empty fields left out as Pulumi does."""
    stored: dict[str, Any] = {"urn": record.urn, "custom": record.custom}
    if record.id:
        stored["id"] = record.id
    stored["type"] = record.type
    if record.inputs:
        stored["inputs"] = encode_properties(record.inputs, secrets, record.urn)
    if record.outputs:
        stored["outputs"] = encode_properties(record.outputs, secrets, record.urn)
    for key, name in (_STRING_FIELDS | _FLAG_FIELDS).items():
        if value := getattr(record, name):
            stored[key] = value
    for key, name in _LIST_FIELDS.items():
        if value := getattr(record, name):
            stored[key] = list(value)
    if record.property_dependencies:
        stored["propertyDependencies"] = {key: list(urns) for key, urns in record.property_dependencies.items()}
    timeouts = {"create": record.timeouts.create_s, "update": record.timeouts.update_s}
    timeouts["delete"] = record.timeouts.delete_s
    if any(timeouts.values()):
        stored["customTimeouts"] = {key: seconds for key, seconds in timeouts.items() if seconds}
    return stored | record.extra
