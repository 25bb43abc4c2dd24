"""Garbage collection of one registry: manifests by the registry's API, blobs by the registry's own collector."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx2

from hubwright.core.errors import SandboxError
from hubwright.sandbox.registry.harbor.artifacts import Trash
from hubwright.sandbox.registry.tokens import TokenIssuer
from hubwright.sandbox.registry.write_gate import WriteGate

CONFIGURATION: Final = "registry.json"
_TIMEOUT_S: Final = 120.0


class Collector:
    """Removes from one registry process what Harbor no longer knows. Writes wait meanwhile.

    A layer that was uploaded before any manifest names it goes too: the process keeps no time of upload.
    """

    def __init__(self, binary: Path, folder: Path, upstream: str, issuer: TokenIssuer, writes: WriteGate) -> None:
        self._binary = binary
        self._folder = folder
        self._upstream = upstream
        self._issuer = issuer
        self._writes = writes

    def collect(self, trash: Sequence[Trash]) -> int:
        """Remove these manifests and all blobs that nothing uses; return the bytes freed. Raises SandboxError."""
        with self._writes.closed():
            before = self._stored_bytes()
            for item in trash:
                self._delete_manifest(item)
            self._sweep()
            return before - self._stored_bytes()

    def _delete_manifest(self, item: Trash) -> None:
        access = {"type": "repository", "name": item.repository, "actions": ["delete"]}
        token = self._issuer.issue("harbor-core", [access])["token"]
        url = f"{self._upstream}/v2/{item.repository}/manifests/{item.digest}"
        answer = httpx2.delete(url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S, trust_env=False)
        # 404: it was pushed into several names and is gone with the first, or an earlier run was interrupted.
        if answer.status_code not in (202, 404):
            raise SandboxError(
                f"the registry did not delete {item.repository}@{item.digest}: HTTP {answer.status_code}"
            )

    def _sweep(self) -> None:
        command = [str(self._binary), "garbage-collect", str(self._folder / CONFIGURATION)]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={"OTEL_TRACES_EXPORTER": "none"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise SandboxError(f"the registry's garbage collection failed: {done.stderr.strip()[-300:]}")

    def _stored_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self._folder / "data").rglob("data") if path.is_file())
