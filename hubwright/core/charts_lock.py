"""``charts-values/charts.lock``: which charts are used, from where, and with which digests (parsing and editing only).

`LockEntry` is the file's schema; docs/reference/charts-lock.md is written from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from hubwright.core.errors import ConfigError
from hubwright.core.nearest import nearest_name
from hubwright.core.settings_base import Section
from hubwright.core.yaml_edit import YamlText
from hubwright.core.yaml_scalars import resolve_plain
from hubwright.core.yaml_source import YamlDocument, parse_yaml

UNKNOWN: Final = "unknown"
NO_SCHEMA: Final = "none"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


class LockEntry(Section):
    """One chart, under its name."""

    repository: str = Field(
        description="Address of the repository: `https://…` (one with an `index.yaml`) or `oci://…` (a registry; the "
        "chart's name is appended). No credentials: those come from Helm's and Docker's own configuration"
    )
    version: str = Field(description="The exact version; no range")
    sha256: str = Field(
        description="sha256 of the package (`.tgz`). `unknown`: nobody has vouched for one yet; the first download is "
        "trusted, said aloud and remembered, and `hubwright charts pull --lock` writes it"
    )
    schema_sha256: str = Field(
        default=UNKNOWN,
        description="sha256 of the package's `values.schema.json`; `none`: it has none; `unknown`: not written yet",
    )
    app_version: str | None = Field(default=None, description="The application's version, as Chart.yaml says")
    changelog: str | None = Field(default=None, description="Where a person reads what has changed")

    @field_validator("repository")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        address = urlsplit(value)
        if address.scheme not in ("https", "http", "oci") or not address.netloc:
            raise ValueError(f"{value!r} is not an http(s) or oci address")
        if "@" in address.netloc:
            raise ValueError("credentials do not belong in this file")
        return value

    @field_validator("version")
    @classmethod
    def _is_exact(cls, value: str) -> str:
        if not _VERSION.fullmatch(value):
            raise ValueError(f"{value!r} is not an exact version")
        return value

    @field_validator("sha256")
    @classmethod
    def _is_a_digest(cls, value: str) -> str:
        if value != UNKNOWN and not _DIGEST.fullmatch(value):
            raise ValueError(f"sha256 must be 64 hex digits or '{UNKNOWN}'")
        return value

    @field_validator("schema_sha256")
    @classmethod
    def _is_a_schema_digest(cls, value: str) -> str:
        if value not in (UNKNOWN, NO_SCHEMA) and not _DIGEST.fullmatch(value):
            raise ValueError(f"schemaSha256 must be 64 hex digits, '{NO_SCHEMA}' or '{UNKNOWN}'")
        return value

    @field_validator("changelog")
    @classmethod
    def _is_a_link(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value!r} is not an http(s) address")
        return value


@dataclass(frozen=True, slots=True)
class ChartPin:
    """One pinned chart. Digests are None while nobody has vouched for one; `place` is ``file:line:column``."""

    name: str
    repository: str
    version: str
    sha256: str | None
    place: str
    schema_sha256: str | None = None
    app_version: str | None = None
    changelog: str | None = None

    @property
    def is_oci(self) -> bool:
        """Whether the chart is in an OCI registry."""
        return self.repository.startswith("oci://")

    @property
    def helm_chart(self) -> str:
        """What Helm calls the chart: its name, or in a registry its whole ``oci://`` address."""
        return f"{self.repository.rstrip('/')}/{self.name}" if self.is_oci else self.name

    @property
    def helm_repository(self) -> str | None:
        """The repository as Helm takes it: None for a registry, whose address is part of the chart's."""
        return None if self.is_oci else self.repository

    @property
    def file_name(self) -> str:
        """The package's name, as Helm names it."""
        return f"{self.name}-{self.version}.tgz"


def parse_lock(text: str, *, source: str) -> Mapping[str, ChartPin]:
    """Read a lock file's text; raises ConfigError, or its ValuesError for broken YAML, with ``file:line:column``."""
    document = parse_yaml(text, source=source)
    charts = document.value.get("charts") if isinstance(document.value, dict) else None
    if not isinstance(charts, dict):
        raise ConfigError(f"{source}: the key 'charts' with a map of charts is missing")
    for key in document.value:
        if key != "charts":
            raise ConfigError(f"{document.place((key,))}: unknown key {key!r}", hint="the file has one key, 'charts'")
    return MappingProxyType({name: _parse_pin(document, name, entry) for name, entry in charts.items()})


def edit_lock(text: str, name: str, changes: Mapping[str, str], *, source: str) -> str:
    """Return the text with fields of one chart changed or added, its comments and all else kept.

    Raises ConfigError when the text, or what it would become, is no lock file.
    """
    parse_lock(text, source=source)
    editor = YamlText(text, source=source)
    for field, value in changes.items():
        scalar = resolve_plain(value)
        is_plain = scalar.value == value and not scalar.doubt
        editor.set(("charts", name, field), value if is_plain else DoubleQuotedScalarString(value))
    edited = editor.text()
    parse_lock(edited, source=source)
    return edited


def _parse_pin(document: YamlDocument, name: str, entry: object) -> ChartPin:
    place = document.place(("charts", name))
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{place}: {name!r} is not a chart's name")
    if not isinstance(entry, dict):
        raise ConfigError(f"{place}: the chart {name!r} needs repository, version and sha256")
    try:
        lock = LockEntry.model_validate(entry)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        # A misspelt key is also a missing one: the misspelling says more.
        worst = next((detail for detail in details if detail["type"] == "extra_forbidden"), details[0])
        raise _fault(document, name, worst) from None
    return ChartPin(
        name,
        lock.repository,
        lock.version,
        _known(lock.sha256),
        place,
        _known(lock.schema_sha256),
        lock.app_version,
        lock.changelog,
    )


def _known(digest: str) -> str | None:
    return None if digest == UNKNOWN else digest


def _fault(document: YamlDocument, name: str, detail: ErrorDetails) -> ConfigError:
    field: Any = detail["loc"][0]
    place = document.place(("charts", name, field))
    if detail["type"] == "extra_forbidden":
        near = nearest_name(str(field), lock_fields())
        return ConfigError(f"{place}: unknown key {field!r}", hint=f"did you mean {near}?" if near else None)
    if detail["type"] == "missing":
        return ConfigError(f"{place}: {name}.{field} is missing")
    if detail["type"] == "string_type":
        return ConfigError(f"{place}: {name}.{field} must be text, quoted if needed")
    return ConfigError(f"{place}: {detail['msg'].removeprefix('Value error, ')}")


def lock_fields() -> list[str]:
    """The keys that an entry may have, as they are written."""
    return [field.alias or name for name, field in LockEntry.model_fields.items()]
