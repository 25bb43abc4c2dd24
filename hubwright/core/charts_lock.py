"""``charts-values/charts.lock``: which charts are used, from where, and with which digest (parsing only)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hubwright.core.errors import ConfigError
from hubwright.core.nearest import nearest_name
from hubwright.core.yaml_source import YamlDocument, parse_yaml

_UNKNOWN = "unknown"
_FIELDS = ("repository", "version", "sha256")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class ChartPin:
    """One pinned chart. `sha256` is that of its package, None while nobody has vouched for one."""

    name: str
    repository: str
    version: str
    sha256: str | None
    place: str


def parse_lock(text: str, *, source: str) -> Mapping[str, ChartPin]:
    """Read a lock file's text; raises ConfigError, or its ValuesError for broken YAML, with ``file:line:column``."""
    document = parse_yaml(text, source=source)
    charts = document.value.get("charts") if isinstance(document.value, dict) else None
    if not isinstance(charts, dict):
        raise ConfigError(f"{source}: the key 'charts' with a map of charts is missing")
    return MappingProxyType({name: _parse_pin(document, name, entry) for name, entry in charts.items()})


def _parse_pin(document: YamlDocument, name: str, entry: object) -> ChartPin:
    place = document.place(("charts", name))
    if not isinstance(entry, dict):
        raise ConfigError(f"{place}: the chart {name!r} needs {', '.join(_FIELDS)}")
    for field in entry:
        if field not in _FIELDS:
            near = nearest_name(field, _FIELDS)
            where = document.place(("charts", name, field))
            raise ConfigError(f"{where}: unknown key {field!r}", hint=f"did you mean {near}?" if near else None)
    repository, version, sha256 = (_text(document, name, entry, field) for field in _FIELDS)
    _require(_NAME.fullmatch(name), place, f"{name!r} is not a chart's name")
    _require(_VERSION.fullmatch(version), place, f"{version!r} is not an exact version")
    _require(sha256 == _UNKNOWN or _DIGEST.fullmatch(sha256), place, "sha256 must be 64 hex digits or 'unknown'")
    _require(repository.startswith(("https://", "http://")), place, f"{repository!r} is not an http(s) address")
    return ChartPin(name, repository, version, None if sha256 == _UNKNOWN else sha256, place)


def _text(document: YamlDocument, name: str, entry: Mapping[str, object], field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str):
        raise ConfigError(f"{document.place(('charts', name, field))}: {name}.{field} must be text, quoted if needed")
    return value


def _require(condition: object, place: str, problem: str) -> None:
    if not condition:
        raise ConfigError(f"{place}: {problem}")
