"""Reads a chart out of its package or folder: metadata, default values, schema, subcharts. Nothing is unpacked to disk.

A package is hostile until read; `hubwright.adapters.chart_packages_archive` opens it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from hubwright.adapters.chart_packages_archive import UnpackBudget, read_members
from hubwright.core.charts import Chart, Dependency
from hubwright.core.errors import ConfigError
from hubwright.core.yaml_source import parse_yaml

_MAX_NESTING = 5
_WANTED = frozenset({"Chart.yaml", "values.yaml", "values.schema.json"})

Files = dict[PurePosixPath, bytes]


def read_chart(path: Path) -> Chart:
    """Read a chart's package (``.tgz``) or folder, subcharts in ``charts/`` too.

    Raises ConfigError when it is no chart or breaks a rule of safety, ValuesError when its YAML is broken.
    """
    if path.is_dir():
        return _make_chart(_read_folder(path), str(path), UnpackBudget(), nesting=0)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_package(content, path.name)


def parse_package(content: bytes, source: str) -> Chart:
    """Read a chart out of a package's bytes; `source` names it in errors, which are those of `read_chart`."""
    return _read_package(content, source, UnpackBudget(), nesting=0)


def _read_folder(folder: Path) -> Files:
    """A folder's chart files; links are followed, for subcharts that stand beside their parent."""
    files: Files = {}
    for place, folders, names in os.walk(folder, followlinks=True):
        inside = PurePosixPath(Path(place).relative_to(folder).as_posix())
        if len(inside.parts) > 2 * _MAX_NESTING:
            raise ConfigError(f"{folder}: charts are nested deeper than {_MAX_NESTING} levels")
        folders[:] = sorted(name for name in folders if name == "charts" or inside.name == "charts")
        for name in sorted(names):
            if _is_wanted(inside / name):
                files[inside / name] = Path(place, name).read_bytes()
    return files


def _read_package(content: bytes, source: str, budget: UnpackBudget, *, nesting: int) -> Chart:
    _check_nesting(source, nesting)
    members = read_members(content, source, budget)
    files = {member.path: member.content for member in members if _is_wanted(member.path)}
    return _make_chart(files, source, budget, nesting=nesting)


def _check_nesting(source: str, nesting: int) -> None:
    if nesting > _MAX_NESTING:
        raise ConfigError(f"{source}: charts are nested deeper than {_MAX_NESTING} levels")


def _is_wanted(path: PurePosixPath) -> bool:
    """Chart files at the top or in ``charts/<name>/``, and packages in ``charts/``; at any nesting."""
    parts = path.parts
    while len(parts) > 2 and parts[0] == "charts":
        parts = parts[2:]
    return (len(parts) == 1 and parts[0] in _WANTED) or (
        len(parts) == 2 and parts[0] == "charts" and parts[1].endswith(".tgz")
    )


def _make_chart(files: Files, source: str, budget: UnpackBudget, *, nesting: int) -> Chart:
    metadata = _yaml_map(files, "Chart.yaml", source)
    if not isinstance(metadata.get("name"), str):
        raise ConfigError(f"{source}: not a chart: Chart.yaml with a name is missing")
    schema = files.get(PurePosixPath("values.schema.json"))
    dependencies = _list_of(metadata.get("dependencies"), Mapping, f"{source}:Chart.yaml: dependencies")
    annotations = metadata.get("annotations")
    return Chart(
        name=metadata["name"],
        version=str(metadata.get("version", "")),
        values=_yaml_map(files, "values.yaml", source),
        schema=None if schema is None else _read_schema(schema, source),
        subcharts=_subcharts(files, source, budget, nesting=nesting),
        dependencies=tuple(_dependency(entry) for entry in dependencies),
        annotations={str(k): str(v) for k, v in annotations.items()} if isinstance(annotations, Mapping) else {},
        app_version=str(metadata.get("appVersion") or ""),
        home=str(metadata.get("home") or ""),
        schema_sha256=None if schema is None else hashlib.sha256(schema).hexdigest(),
    )


def _subcharts(files: Files, source: str, budget: UnpackBudget, *, nesting: int) -> tuple[Chart, ...]:
    folders: dict[str, Files] = {}
    charts: list[Chart] = []
    for path, content in files.items():
        if path.parts[0] != "charts":
            continue
        if len(path.parts) == 2:
            charts.append(_read_package(content, f"{source}:{path}", budget, nesting=nesting + 1))
        elif not path.parts[1].startswith(("_", ".")):
            folders.setdefault(path.parts[1], {})[PurePosixPath(*path.parts[2:])] = content
    for name, inside in folders.items():
        _check_nesting(source, nesting + 1)
        charts.append(_make_chart(inside, f"{source}:charts/{name}", budget, nesting=nesting + 1))
    return tuple(sorted(charts, key=lambda chart: chart.name))


def _dependency(entry: Mapping[str, Any]) -> Dependency:
    return Dependency(
        name=str(entry.get("name")),
        alias=str(entry["alias"]) if entry.get("alias") else None,
        condition=str(entry.get("condition") or ""),
        tags=tuple(map(str, entry["tags"])) if isinstance(entry.get("tags"), list) else (),
        import_values=tuple(entry["import-values"]) if isinstance(entry.get("import-values"), list) else (),
    )


def _list_of(value: Any, kind: type, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise ConfigError(f"{place}: must be a list of maps")
    return value


def _yaml_map(files: Files, name: str, source: str) -> dict[str, Any]:
    content = files.get(PurePosixPath(name))
    if content is None:
        return {}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source}:{name}: not UTF-8") from error
    value = parse_yaml(text, source=f"{source}:{name}", doubtful="as-helm").value
    if not isinstance(value, dict):
        raise ConfigError(f"{source}:{name}: must hold a map")
    return value


def _read_schema(content: bytes, source: str) -> Mapping[str, Any]:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{source}:values.schema.json: not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise ConfigError(f"{source}:values.schema.json: must hold an object")
    return schema
