"""The outer shell of a checkpoint file: its version, and the mark of one that a journal completes.

While an update runs, and after it was killed, the checkpoint alone is not the whole state. It is marked by the means
that Pulumi has for this: version 4 and a feature that is required to read it. The CLI knows no such feature and refuses
the file, showing the feature's text, instead of making everything a second time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from hubwright.core.errors import StateError

PLAIN_VERSION: Final = 3
_FEATURES_VERSION: Final = 4
_FEATURE_PREFIX: Final = "an unfinished hubwright update: run `hubwright up` to end it; its journal is "


def read_document(text: str, source: str) -> dict[str, Any]:
    """Read a checkpoint's JSON and return the whole document. Raises StateError when it is none that is known."""
    try:
        document = json.loads(text)
        version, checkpoint = document["version"], document["checkpoint"]
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{source}: not a Pulumi checkpoint",
            hint="the file is cut or damaged; the .bak file beside it holds the state before the last update",
        ) from error
    if version not in (PLAIN_VERSION, _FEATURES_VERSION) or not isinstance(checkpoint, dict):
        raise StateError(f"{source}: checkpoint version {version} is not supported, only {PLAIN_VERSION} is")
    unknown = [feature for feature in document.get("features") or () if not feature.startswith(_FEATURE_PREFIX)]
    if unknown:
        raise StateError(
            f"{source}: the state needs features that the embedded engine does not have: {', '.join(unknown)}",
            hint="use --engine pulumi for this stack",
        )
    assert isinstance(document, dict)
    return document


def write_document(stack: str, latest: Mapping[str, Any]) -> str:
    """Return the text of a checkpoint that is whole."""
    return _dump({"version": PLAIN_VERSION, "checkpoint": {"stack": stack, "latest": latest}})


def mark(text: str, journal_id: str, source: str) -> str:
    """Return a checkpoint's text with the mark that a journal completes it."""
    document = read_document(text, source)
    features = [_FEATURE_PREFIX + journal_id]
    return _dump({"version": _FEATURES_VERSION, "features": features, "checkpoint": document["checkpoint"]})


def is_marked(text: str) -> bool:
    """Tell, fast, whether a checkpoint may carry the mark."""
    return _FEATURE_PREFIX in text


def journal_of(document: Mapping[str, Any]) -> str | None:
    """Return the id of the journal that completes a checkpoint, None when it is whole."""
    for feature in document.get("features") or ():
        return str(feature).removeprefix(_FEATURE_PREFIX)
    return None


def manifest_magic(version: str) -> str:
    """Return what the manifest's magic must be for a version: the CLI checks it."""
    return hashlib.sha256(version.encode()).hexdigest()


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
