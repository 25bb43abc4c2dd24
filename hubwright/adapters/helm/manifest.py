"""Reads the manifests that Helm renders: which objects there are, what they are called, a checksum of it all. Pure.

Only the address of each object is taken from the YAML (apiVersion, kind, name, namespace), never a value, so that no
YAML 1.1 reading of a scalar can leak into anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_DOCUMENT_START = re.compile(r"^---[^\n]*\n", re.M)
_SOURCE_START = re.compile(r"^---\n# Source: [^\n]*\n", re.M)
_HOOK_ANNOTATION = re.compile(r"""helm\.sh/hook["']?\s*:""")
_ADDRESS_KEY = re.compile(r"""^(apiVersion|kind|metadata)\s*:""")


@dataclass(frozen=True, slots=True, order=True)
class ObjectAddress:
    """Names one object of a manifest; `namespace` is None where the manifest leaves it to the release."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None

    @property
    def group_kind(self) -> str:
        """``Deployment.apps/apps/v1``, ``Service/v1``: the key under which pulumi-kubernetes lists names."""
        group = self.api_version.rpartition("/")[0]
        return f"{self.kind}.{group}/{self.api_version}" if group else f"{self.kind}/{self.api_version}"


def list_objects(manifest: str) -> list[ObjectAddress]:
    """Return the objects of a rendered manifest in its order; documents that are no object are left out."""
    return [address for document in _DOCUMENT_START.split(manifest) if (address := _read_address(document))]


def group_names(objects: Sequence[ObjectAddress]) -> dict[str, list[str]]:
    """Group object names by kind and version, as the Release output ``resourceNames`` does."""
    groups: dict[str, set[str]] = {}
    for item in objects:
        name = f"{item.namespace}/{item.name}" if item.namespace else item.name
        groups.setdefault(item.group_kind, set()).add(name)
    return {key: sorted(names) for key, names in sorted(groups.items())}


def join_hooks(rendered: str) -> str:
    """Put the output of ``helm template`` into the form over which pulumi-kubernetes computes its checksum.

    That form is the release's manifest followed by the hooks, each after a bare separator, without its source comment.
    """
    starts = [match.start() for match in _SOURCE_START.finditer(rendered)] + [len(rendered)]
    documents = [rendered[start:end] for start, end in pairwise(starts)]
    plain = [text for text in documents if not _HOOK_ANNOTATION.search(text)]
    hooks = [text for text in documents if _HOOK_ANNOTATION.search(text)]
    bodies = (_SOURCE_START.sub("", text, count=1).removesuffix("\n") for text in hooks)
    return "".join(plain) + "".join(f"\n---\n{body}" for body in bodies)


def checksum(manifest: str) -> str:
    """Return the SHA-256 of a manifest in hexadecimal."""
    return hashlib.sha256(manifest.encode()).hexdigest()


def _read_address(document: str) -> ObjectAddress | None:
    head = "\n".join(_address_lines(document))
    if not head:
        return None
    try:
        read = YAML(typ="safe", pure=True).load(head)
        metadata = read["metadata"]
        namespace = metadata.get("namespace")
        return ObjectAddress(
            str(read["apiVersion"]), str(read["kind"]), str(metadata["name"]), str(namespace) if namespace else None
        )
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _address_lines(document: str) -> Iterator[str]:
    """Keep the top-level blocks that say what the object is; the rest may be large and is not parsed."""
    keep = False
    for line in document.splitlines():
        if line and not line[0].isspace() and line[0] != "#":
            keep = bool(_ADDRESS_KEY.match(line))
        if keep:
            yield line
