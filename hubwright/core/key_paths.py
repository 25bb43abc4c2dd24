"""Paths into nested values: how people write them (``hub.extraFiles["my.cfg"][0].mode``), and how they are read."""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

from hubwright.core.errors import ConfigError

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indexes from the root to a value; the key ``*`` may stand for every one."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][\w-]*")
_TOKEN: Final = re.compile(
    r"""\[\s*(?:(?P<index>\d+)|(?P<any>\*)|"(?P<quoted>(?:[^"\\]|\\.)*)")\s*\]|\.?(?P<name>[^.\[\]]+)"""
)


def format_path(path: Path) -> str:
    """Write a path the way people do; the root is ``(root)``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
    return text or "(root)"


def parse_path(text: str) -> Path:
    """Read a path; raises ConfigError when it has a syntax error."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ConfigError(f"not a path of keys: {text!r}", hint="write it like spec.ports[0].name")
        steps.append(_step(found))
        position = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["index"] is not None:
        return int(found["index"])
    if found["any"] is not None:
        return "*"
    if found["quoted"] is not None:
        return _unquoted(found["quoted"])
    return found["name"]


def _unquoted(text: str) -> str:
    """Read what stands between double quotes: JSON's escapes, and a backslash before any other character."""
    try:
        return str(json.loads(f'"{text}"'))
    except json.JSONDecodeError:
        return re.sub(r"\\(.)", r"\1", text)
