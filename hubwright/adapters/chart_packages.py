"""Reads a chart out of its package or folder: metadata, default values, schema, subcharts. Nothing is unpacked to disk.

A package is hostile until read: links, devices and paths that leave the chart are refused, and sizes are bounded.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from hubwright.core.charts import Chart, Dependency
from hubwright.core.errors import ConfigError
from hubwright.core.yaml_source import parse_yaml

_MAX_FILE_BYTES = 10_000_000
_MAX_TOTAL_BYTES = 100_000_000
_MAX_FILES = 10_000
_MAX_NESTING = 5
_WANTED = frozenset({"Chart.yaml", "values.yaml", "values.schema.json"})

Files = dict[PurePosixPath, bytes]


def read_chart(path: Path) -> Chart:
    """Read a chart's package (``.tgz``) or folder, subcharts in ``charts/`` too.

    Raises ConfigError when it is no chart or breaks a rule of safety, ValuesError when its YAML is broken.
    """
    if path.is_dir():
        return _make_chart(_read_folder(path), str(path), nesting=0)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return _read_package(content, path.name, nesting=0)


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


def _read_package(content: bytes, source: str, *, nesting: int) -> Chart:
    if nesting > _MAX_NESTING:
        raise ConfigError(f"{source}: charts are nested deeper than {_MAX_NESTING} levels")
    files: Files = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            total = 0
            for count, member in enumerate(archive, start=1):
                total += member.size
                if count > _MAX_FILES or total > _MAX_TOTAL_BYTES or member.size > _MAX_FILE_BYTES:
                    raise ConfigError(f"{source}: the package is too large for a chart")
                inside = _check_member(member, source)
                if member.isfile() and _is_wanted(inside) and (data := archive.extractfile(member)):
                    files[inside] = data.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ConfigError(f"{source}: not a chart package: {type(error).__name__}") from error
    return _make_chart(files, source, nesting=nesting)


def _check_member(member: tarfile.TarInfo, source: str) -> PurePosixPath:
    """The member's path below the chart's own folder; raises ConfigError for one that could leave it."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise ConfigError(f"{source}: the package holds the unsafe path {member.name[:80]!r}")
    if not (member.isfile() or member.isdir()):
        raise ConfigError(f"{source}: the package holds a link or device, {member.name[:80]!r}")
    return PurePosixPath(*path.parts[1:])


def _is_wanted(path: PurePosixPath) -> bool:
    """Chart files at the top or in ``charts/<name>/``, and packages in ``charts/``; at any nesting."""
    parts = path.parts
    while len(parts) > 2 and parts[0] == "charts":
        parts = parts[2:]
    return (len(parts) == 1 and parts[0] in _WANTED) or (
        len(parts) == 2 and parts[0] == "charts" and parts[1].endswith(".tgz")
    )


def _make_chart(files: Files, source: str, *, nesting: int) -> Chart:
    metadata = _yaml_map(files, "Chart.yaml", source)
    if not isinstance(metadata.get("name"), str):
        raise ConfigError(f"{source}: not a chart: Chart.yaml with a name is missing")
    schema = files.get(PurePosixPath("values.schema.json"))
    return Chart(
        name=metadata["name"],
        version=str(metadata.get("version", "")),
        values=_yaml_map(files, "values.yaml", source),
        schema=None if schema is None else _read_schema(schema, source),
        subcharts=_subcharts(files, source, nesting=nesting),
        dependencies=tuple(_dependency(entry) for entry in metadata.get("dependencies") or []),
        annotations={str(k): str(v) for k, v in (metadata.get("annotations") or {}).items()},
    )


def _subcharts(files: Files, source: str, *, nesting: int) -> tuple[Chart, ...]:
    folders: dict[str, Files] = {}
    charts: list[Chart] = []
    for path, content in files.items():
        if path.parts[0] != "charts":
            continue
        if len(path.parts) == 2:
            charts.append(_read_package(content, f"{source}:{path}", nesting=nesting + 1))
        elif not path.parts[1].startswith(("_", ".")):
            folders.setdefault(path.parts[1], {})[PurePosixPath(*path.parts[2:])] = content
    for name, inside in folders.items():
        charts.append(_make_chart(inside, f"{source}:charts/{name}", nesting=nesting + 1))
    return tuple(sorted(charts, key=lambda chart: chart.name))


def _dependency(entry: Mapping[str, Any]) -> Dependency:
    return Dependency(
        name=str(entry.get("name")),
        alias=entry.get("alias"),
        condition=entry.get("condition") or "",
        tags=tuple(entry.get("tags") or ()),
        import_values=tuple(entry.get("import-values") or ()),
    )


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
