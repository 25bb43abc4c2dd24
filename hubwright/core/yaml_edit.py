"""Changes single values of a YAML text and leaves the rest, comments and layout included, as it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from hubwright.core.errors import ConfigError
from hubwright.core.key_paths import Path, format_path

_NO_FOLDING = 1_000_000


class YamlText:
    """A YAML document with a map at its root, as text that can be edited. Raises ConfigError when it is none."""

    def __init__(self, text: str, *, source: str) -> None:
        self._source = source
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = _NO_FOLDING
        indented = any(line.lstrip().startswith("- ") and line.startswith(" ") for line in text.splitlines())
        self._yaml.indent(mapping=2, sequence=4 if indented else 2, offset=2 if indented else 0)
        try:
            root = self._yaml.load(text)
        except YAMLError as error:
            raise ConfigError(f"{source}: not valid YAML") from error
        # A file of comments alone has no root to keep them at.
        self._head = text if root is None else ""
        self._root: Any = CommentedMap() if root is None else root
        if not isinstance(self._root, CommentedMap):
            raise ConfigError(f"{source}: must be a map")

    def text(self) -> str:
        """Return the document."""
        stream = io.StringIO()
        self._yaml.dump(self._root, stream)
        return self._head + stream.getvalue()

    def get(self, path: Sequence[str | int]) -> Any:
        """Return the value at a path. Raises KeyError when there is none."""
        value = self._root
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                raise KeyError(format_path(tuple(path))) from None
        return value

    def set(self, path: Path, value: Any) -> None:
        """Put a value at a path; missing maps and lists on the way are made, a list grows at its end only.

        Raises ConfigError where something else than a map or a list is in the way.
        """
        container = self._root
        for depth, key in enumerate(path[:-1]):
            container = self._enter(container, key, path, depth)
        self._put(container, path[-1], value, path)

    def remove(self, path: Path) -> None:
        """Take the value at a path away. Raises KeyError when there is none."""
        self.get(path)
        del self.get(path[:-1])[path[-1]]

    def _enter(self, container: Any, key: str | int, path: Path, depth: int) -> Any:
        try:
            child = container[key]
        except (KeyError, IndexError, TypeError):
            child = None
        if child is None:
            child = [] if isinstance(path[depth + 1], int) else CommentedMap()
            self._put(container, key, child, path)
            child = container[key]
        return child

    def _put(self, container: Any, key: str | int, value: Any, path: Path) -> None:
        where = f"{self._source}: {format_path(path)}"
        if isinstance(key, str):
            if not isinstance(container, dict):
                raise ConfigError(f"{where} goes through what is not a map")
            _set_key(container, key, value)
        elif not isinstance(container, list):
            raise ConfigError(f"{where} goes through what is not a list")
        elif key < len(container):
            container[key] = value
        elif key == len(container):
            container.append(value)
        else:
            raise ConfigError(f"{where}: the list has {len(container)} items only")


def _set_key(container: Any, key: str, value: Any) -> None:
    _free_comment(container, key, value)
    if key not in container and _ends_with_remarks(container):
        container.insert(len(container) - 1, key, value)
    else:
        container[key] = value


def _free_comment(container: Any, key: str, value: Any) -> None:
    """Let the comment behind a value follow it at once where its length changes, instead of stay in its column."""
    _, _, behind, *_ = container.ca.items.get(key) or [None] * 4
    if behind is not None and len(str(container.get(key))) != len(str(value)):
        behind.start_mark.column = 0


def _ends_with_remarks(container: Any) -> bool:
    """Whether comment lines follow the last key: they belong to what comes next, so nothing may come between."""
    last = next(reversed(container), None)
    _, _, behind, *_ = container.ca.items.get(last) or [None] * 4
    return behind is not None and "#" in behind.value.partition("\n")[2]
