"""Where the pinned binaries are; the toolchain fills it in, the sandbox and the Helm adapter use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Binaries:
    """Absolute paths of the binaries that hubwright runs."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kwok: Path
    helm: Path
    registry: Path
