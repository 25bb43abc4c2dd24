"""Takes secrets out of text that an API server or Helm wrote, before it reaches a message.

Providers see plain values, so what is secret is told by its key (``password``, ``token`` …) and by its look (long and
random). Hiding a harmless word costs little; showing a credential is not undone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

_MASK = "[secret]"
_SECRET_KEY = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|auth|api_?key|private|cookie|keys?$", re.I)
_RANDOM_LOOK = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_SHORTEST = 4


def redact(text: str, *values: Any, limit: int = 2000) -> str:
    """Mask in `text` every secret-looking string inside `values`, also in base64, and cut it to `limit` characters."""
    needles = {needle for value in values for needle in secret_strings(value)}
    for needle in sorted(needles, key=len, reverse=True):
        text = text.replace(needle, _MASK)
        text = text.replace(base64.b64encode(needle.encode()).decode(), _MASK)
    return text if len(text) <= limit else f"{text[:limit]} … (cut)"


def secret_strings(value: Any, *, secret: bool = False) -> Iterator[str]:
    """Yield the strings inside `value` that look like secrets; below a secret key everything is one."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_strings(item, secret=secret or bool(_SECRET_KEY.search(str(key))))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_strings(item, secret=secret)
    elif isinstance(value, str) and len(value) >= _SHORTEST and (secret or _looks_random(value)):
        yield value


def _looks_random(value: str) -> bool:
    """Long, of one piece, and with digits among its letters: a key rather than a host name or a sentence."""
    return bool(_RANDOM_LOOK.fullmatch(value)) and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
