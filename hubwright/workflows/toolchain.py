"""Find or build the pinned binaries."""

from __future__ import annotations

from dataclasses import asdict

from hubwright.core.progress import Progress
from hubwright.toolchain import ensure_toolchain


def run_toolchain(progress: Progress) -> dict[str, str]:
    """Return the path of each binary, building what is missing."""
    return {name: str(path) for name, path in asdict(ensure_toolchain(progress)).items()}
