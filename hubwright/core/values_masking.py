"""Values as they may be seen: secrets and what is not known yet become words, leaf by leaf."""

from __future__ import annotations

import re
from typing import Any, Final

from hubwright.core.key_paths import Path
from hubwright.core.values import StandIn

MASK: Final = "[secret]"
_SECRET_KEY = re.compile(r"(?:password|passwd|secret|token|api_?key|private_?key|credentials?)$", re.IGNORECASE)


def mask_values(value: Any, path: Path = ()) -> Any:
    """Copy values with every secret leaf masked, and every stand-in replaced by what it stands for."""
    if isinstance(value, dict):
        return {key: mask_values(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_values(item, (*path, index)) for index, item in enumerate(value)]
    if isinstance(value, StandIn):
        return MASK if value.secret else f"[{value.label}]"
    return MASK if value and isinstance(value, str) and is_secret_path(path) else value


def is_secret_path(path: Path) -> bool:
    """Tell whether the key of a path names a secret, as ``proxy.secretToken`` does."""
    names = [key for key in path if isinstance(key, str)]
    return bool(names) and _SECRET_KEY.search(names[-1]) is not None
