"""Checkpoints may be compressed: the ending of their name says how, as in Pulumi's DIY backend."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Mapping
from enum import Enum

from hubwright.core.errors import ConfigError, StateError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Compression(Enum):
    """How a checkpoint is packed; the value is what its name ends with."""

    NONE = ""
    GZIP = ".gz"
    ZSTD = ".zst"


def compression_wanted(environment: Mapping[str, str]) -> Compression | None:
    """Return what Pulumi's variables ask for, None when they leave it to how the checkpoint is packed already."""
    gzipped = _is_true(environment, "PULUMI_DIY_BACKEND_GZIP") or _is_true(
        environment, "PULUMI_SELF_MANAGED_STATE_GZIP"
    )
    zstandard = _is_true(environment, "PULUMI_DIY_BACKEND_ZSTD")
    if gzipped and zstandard:
        raise ConfigError("PULUMI_DIY_BACKEND_GZIP and PULUMI_DIY_BACKEND_ZSTD are both set", hint="unset one of them")
    return Compression.GZIP if gzipped else Compression.ZSTD if zstandard else None


def _is_true(environment: Mapping[str, str], variable: str) -> bool:
    return environment.get(variable, "").lower() in ("1", "true")


def pack(text: str, compression: Compression) -> bytes:
    """Compress a checkpoint's text."""
    data = text.encode()
    if compression is Compression.GZIP:
        return gzip.compress(data, compresslevel=6, mtime=0)
    if compression is Compression.ZSTD:
        return zstd.compress(data)
    return data


def unpack(data: bytes, *, source: str) -> str:
    """Return the text, however it is packed: told by its first bytes. Raises StateError when it is damaged."""
    try:
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        elif data.startswith(b"\x28\xb5\x2f\xfd"):
            data = zstd.decompress(data)
        return data.decode()
    except (OSError, EOFError, ValueError, zstd.ZstdError) as error:
        raise StateError(
            f"{source}: cannot be unpacked: {error}",
            hint="the file is cut or damaged; the .bak file beside it holds the state before the last update",
        ) from error
