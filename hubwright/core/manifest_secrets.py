"""Takes secrets out of manifests before anybody sees them.

Two nets: what a Secret holds is hidden whole, and every known secret wherever else it turns up, in base64 too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from hubwright.core.key_paths import Path
from hubwright.core.manifests import Manifest

MASK = "[secret]"
SHORTEST = 6
"""A shorter text is not searched for: it would be found everywhere."""


class KnownSecrets:
    """The secret texts of a stack."""

    def __init__(self, texts: Iterable[str]) -> None:
        plain = {text for text in texts if len(text) >= SHORTEST}
        encoded = {base64.b64encode(text.encode()).decode() for text in plain}
        self._needles = sorted(plain | encoded, key=len, reverse=True)

    def found_in(self, text: str) -> bool:
        """Tell whether a text holds one of them."""
        return any(needle in text for needle in self._needles)

    def mask(self, value: Any) -> Any:
        """Hide them in every text of a value."""
        if isinstance(value, dict):
            return {key: self.mask(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.mask(item) for item in value]
        if isinstance(value, str):
            for needle in self._needles:
                value = value.replace(needle, MASK)
        return value


def mask_manifest(manifest: Manifest, secrets: KnownSecrets) -> Manifest:
    """Hide what a Secret holds, and known secrets anywhere."""
    body = secrets.mask(manifest.body)
    if manifest.kind == "Secret" and not manifest.identity.group:
        for part in ("data", "stringData"):
            if isinstance(body.get(part), dict):
                body[part] = dict.fromkeys(body[part], MASK)
    return manifest.with_body(body)


def text_leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """List the texts inside a value with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from text_leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from text_leaves(item, (*path, index))
