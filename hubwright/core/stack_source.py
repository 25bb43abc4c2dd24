"""A stack file as the looking commands read it: settings, and the place of every key, without a passphrase.

What is encrypted (``secure:``) stays so: a stand-in takes its place in `hub.values`, and is accepted by its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hubwright.core.errors import ConfigError
from hubwright.core.key_paths import Path
from hubwright.core.settings import NAMESPACE, Settings, parse_settings
from hubwright.core.values import Layer, StandIn
from hubwright.core.yaml_source import Position, YamlDocument, parse_yaml

_OWN_VALUES = ("hub", "values")
_ENCRYPTED = StandIn("string", "an encrypted value of the stack file", secret=True)


@dataclass(frozen=True)
class StackSource:
    """A stack's settings and where each stands; paths are without the namespace (``("hub", "users")``)."""

    stack: str
    source: str
    settings: Settings
    positions: Mapping[Path, Position] = field(repr=False)

    def place(self, path: Path) -> str:
        """``file:line:column`` of a setting, or that it is a default."""
        if position := self.positions.get(path):
            return f"{self.source}:{position.line}:{position.column}"
        return "default"


def parse_stack(text: str, *, stack: str, source: str) -> StackSource:
    """Read a stack file's text; raises ConfigError that names every fault with its line."""
    document = parse_yaml(text, source=source)
    config = document.value.get("config", {}) if isinstance(document.value, dict) else None
    if not isinstance(config, dict):
        raise ConfigError(f"{source}: `config` must be a map")
    positions = config_positions(document)
    places = {path: f"{source}:{position.line}" for path, position in positions.items()}
    settings = parse_settings(_hide_encrypted(config), stack=stack, positions=places)
    return StackSource(stack, source, settings, positions)


def config_positions(document: YamlDocument) -> dict[Path, Position]:
    """The place of each key of a stack file's `config`, by its path without the namespace."""
    return {
        (str(path[1]).rpartition(":")[2], *path[2:]): position
        for path, position in document.positions.items()
        if len(path) > 1 and path[0] == "config" and str(path[1]).rpartition(":")[0] in ("", NAMESPACE)
    }


def place_own_values(layer: Layer, positions: Mapping[Path, Position], source: str) -> Layer:
    """Give the stack file's own chart values the lines on which they stand."""
    below = {path[2:]: position for path, position in positions.items() if path[:2] == _OWN_VALUES}
    return replace(layer, source=source, positions=below) if below else layer


def _hide_encrypted(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            return _ENCRYPTED
        return {key: _hide_encrypted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide_encrypted(item) for item in value]
    return value
