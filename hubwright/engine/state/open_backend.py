"""From a backend's address to the backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hubwright.core.errors import UnsupportedError
from hubwright.engine.state.backend import StateBackend
from hubwright.engine.state.compression import compression_wanted
from hubwright.engine.state.diy_backend import DiyBackend
from hubwright.engine.state.file_backend import FileBackend


def open_backend(url: str, environment: Mapping[str, str]) -> StateBackend:
    """Open ``file://<folder>`` or ``s3://<bucket>/<prefix>?…``, in the form of `pulumi login`.

    The variables of `environment` are those that Pulumi has for compression. Raises ConfigError for a wrong address,
    UnsupportedError for another kind of backend, AuthenticationError without credentials.
    """
    compression = compression_wanted(environment)
    scheme = url.partition("://")[0]
    if scheme == "file":
        return FileBackend(Path(url.removeprefix("file://").partition("?")[0]).expanduser(), compression)
    if scheme == "s3":
        from hubwright.adapters.object_storage import BucketStore, parse_bucket_url

        return DiyBackend(BucketStore(parse_bucket_url(url)), compression)
    raise UnsupportedError(
        f"the embedded engine keeps its state in files or S3-compatible object storage, not in {scheme}://",
        hint="use --engine pulumi for this backend",
    )
