"""The sandbox's stand-in charts, packaged as the official ones would be: other names inside, no mark of a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hubwright
from hubwright.core.charts_lock import edit_lock, parse_lock
from hubwright.core.yaml_source import dump_yaml, parse_yaml

from .repositories import LoopbackRepository, pack

STAND_INS = Path(hubwright.__file__).parent / "sandbox" / "charts"

Change = Callable[[dict[str, bytes]], None]


def package_official(name: str, version: str, change: Change = lambda _: None) -> bytes:
    """The package of a stand-in under another version; `change` edits its files."""
    files = {f"{name}/{path}": content for path, content in _files(STAND_INS / name, version).items()}
    change(files)
    return pack(files)


def _files(folder: Path, version: str) -> dict[str, bytes]:
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "charts" not in path.relative_to(folder).parts
    }
    metadata: dict[str, Any] = dict(parse_yaml(found["Chart.yaml"].decode(), source="Chart.yaml").value)
    metadata.pop("annotations", None)
    metadata |= {"version": version, "appVersion": f"app-{version}", "description": "As the official chart"}
    for dependency in metadata.get("dependencies", []):
        subchart = STAND_INS / dependency["name"]
        inside = _files(subchart, dependency["version"].removesuffix("-standin"))
        dependency["version"] = dependency["version"].removesuffix("-standin")
        found |= {f"charts/{dependency['name']}/{path}": content for path, content in inside.items()}
    return {**found, "Chart.yaml": dump_yaml(metadata).encode()}


def publish_pinned(repository: LoopbackRepository, project: Path) -> dict[str, str]:
    """Publish each chart that a project pins and that there is a stand-in for, and pin those packages.

    Returns the digests. Every other chart of the lock points at an address where nobody answers.
    """
    lock = project / "charts-values/charts.lock"
    text = lock.read_text()
    digests = {}
    for name, pin in parse_lock(text, source="charts.lock").items():
        changes = {"repository": "http://127.0.0.1:9"}
        if (STAND_INS / name).is_dir():
            digests[name] = repository.publish(name, pin.version, package_official(name, pin.version))
            changes = {"repository": repository.address, "sha256": digests[name]}
        text = edit_lock(text, name, changes, source="charts.lock")
    lock.write_text(text)
    return digests
