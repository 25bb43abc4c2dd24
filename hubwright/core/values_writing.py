"""Values as YAML with the origin of each value beside it, as a comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubwright.core.key_paths import Path
from hubwright.core.yaml_source import dump_yaml


def write_with_origins(values: Any, origin: Callable[[Path], str], path: Path = ()) -> str:
    """Write a map of values; `origin` gives the words for each leaf (lists are leaves, as they replace whole)."""
    lines = []
    for key, value in values.items():
        here = (*path, key)
        head = dump_yaml({key: None}).removesuffix("null\n").rstrip()
        if isinstance(value, dict) and value:
            below = write_with_origins(value, origin, here)
            lines.append(head)
            lines += [f"  {line}" if line else line for line in below.splitlines()]
        else:
            first, *rest = dump_yaml({key: value}).splitlines()
            lines += [f"{first} # {origin(here)}", *rest]
    return "\n".join(lines) + ("\n" if lines and not path else "")
