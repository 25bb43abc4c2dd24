"""Helm's own record of a release, and how to finish what a killed Helm could not write.

Helm 3 and 4 keep each revision in a Secret ``sh.helm.release.v1.<name>.v<revision>``: base64 of gzip of JSON under the
key ``release``, the status also as a label. Source: helm.sh/helm/v3/pkg/storage/driver (secrets.go, util.go).
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from hubwright.adapters.helm.releases import ReleaseState
from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.core.errors import ReleaseError

_FIELD_MANAGER = "hubwright-repair"
_GZIP_MAGIC = b"\x1f\x8b"
_NOTE = "interrupted; recorded as failed by hubwright"


def mark_failed(cluster: KubernetesClient, state: ReleaseState) -> None:
    """Record the revision as failed, as Helm does when it is stopped politely. Raises ReleaseError without a record."""
    name = f"sh.helm.release.v1.{state.name}.v{state.revision}"
    secret = cluster.get("v1", "Secret", name, state.namespace)
    if secret is None:
        raise ReleaseError(
            f"release {state.namespace}/{state.name} is {state.status} and its record {name} is not there",
            hint=f"run `helm uninstall {state.name} -n {state.namespace}`, then the command again",
        )
    record = decode_record(secret["data"]["release"])
    record["info"]["status"] = "failed"
    record["info"]["description"] = _NOTE
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": secret["type"],
        "metadata": {"name": name, "namespace": state.namespace, "labels": {"status": "failed"}},
        "data": {"release": encode_record(record)},
    }
    cluster.apply(manifest, field_manager=_FIELD_MANAGER, force=True)


def decode_record(text: str) -> dict[str, Any]:
    """Read the ``release`` value of a record's Secret: the API's base64 around Helm's own."""
    packed = base64.b64decode(base64.b64decode(text))
    record: dict[str, Any] = json.loads(gzip.decompress(packed) if packed.startswith(_GZIP_MAGIC) else packed)
    return record


def encode_record(record: dict[str, Any]) -> str:
    """Write what `decode_record` reads."""
    packed = gzip.compress(json.dumps(record, separators=(",", ":")).encode())
    return base64.b64encode(base64.b64encode(packed)).decode()
