"""States on local disk, as `pulumi login file://<root>` opens them."""

from __future__ import annotations

from pathlib import Path

from hubwright.engine.state.compression import Compression
from hubwright.engine.state.diy_backend import DiyBackend
from hubwright.engine.state.folder_store import FolderStore


class FileBackend(DiyBackend):
    """Keeps states below `root`/.pulumi."""

    def __init__(self, root: Path, compression: Compression | None = None) -> None:
        super().__init__(FolderStore(root), compression)
