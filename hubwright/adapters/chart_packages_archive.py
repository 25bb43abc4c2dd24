"""Opens a chart package (``.tgz``) in memory. Nothing is unpacked to disk, and nothing in it is believed.

Refused: links, devices, sparse files, paths that leave the chart or that readers see differently, two files of one
name, more than one top folder, what is not UTF-8, and a package that is larger unpacked than Helm itself accepts.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NoReturn

from hubwright.core.errors import ConfigError

# Helm's own limits: MaxDecompressedChartSize and MaxDecompressedFileSize of helm v3.22 pkg/chart/loader/archive.go.
_MAX_TOTAL_BYTES = 100 * 1024 * 1024
_MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_FILES = 10_000
_CHUNK_BYTES = 1 << 20
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_SHOWN_NAME_LENGTH = 80
_PLAIN_TYPES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE})
# What tarfile lets through of a damaged archive; UnicodeDecodeError is a ValueError.
_BROKEN = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, OverflowError, KeyError, IndexError)


@dataclass(slots=True)
class UnpackBudget:
    """How much may still be unpacked: shared by a package and the packages inside it."""

    size_bytes: int = _MAX_TOTAL_BYTES
    files: int = _MAX_FILES


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file of a package: its path below the chart's own folder, and a reader of its content."""

    path: PurePosixPath
    content: bytes


def read_members(package: bytes, source: str, budget: UnpackBudget) -> Iterator[ArchiveMember]:
    """Yield the files of a package; raises ConfigError for one that is broken, too large or unsafe."""
    raw = _decompress(package, source, budget)
    seen: set[PurePosixPath] = set()
    tops: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for member in archive:
                budget.files -= 1
                if budget.files < 0 or member.size > _MAX_FILE_BYTES:
                    raise ConfigError(f"{source}: the package is too large for a chart")
                path = _check_member(member, source)
                tops.add(path.parts[0])
                if len(tops) > 1:
                    raise ConfigError(f"{source}: the package has more than one top folder: {_listed(tops)}")
                if member.isdir():
                    continue
                if path in seen:
                    _refuse(source, "twice the file", member.name)
                seen.add(path)
                inside, data = PurePosixPath(*path.parts[1:]), archive.extractfile(member)
                yield ArchiveMember(inside, data.read() if data else b"")
            # tarfile takes a broken header for the end; after the real end there is nothing but zeros.
            if raw[archive.offset :].strip(b"\0"):
                raise ConfigError(f"{source}: not a chart package: it is damaged or was cut off")
    except _BROKEN as error:
        raise ConfigError(f"{source}: not a chart package: it is damaged or was cut off") from error


def _decompress(package: bytes, source: str, budget: UnpackBudget) -> bytes:
    """Unpack gzip (of several members, as Go reads it) within the budget."""
    raw = bytearray()
    rest = package
    try:
        while rest:
            stream = zlib.decompressobj(_GZIP_WINDOW)
            while not stream.eof:
                piece = stream.decompress(rest, _CHUNK_BYTES)
                rest = stream.unconsumed_tail
                raw += piece
                budget.size_bytes -= len(piece)
                if budget.size_bytes < 0:
                    raise ConfigError(f"{source}: the package is too large for a chart")
                if not piece and not rest and not stream.eof:
                    raise ConfigError(f"{source}: not a chart package: it was cut off")
            rest = stream.unused_data
    except zlib.error as error:
        raise ConfigError(f"{source}: not a chart package: it is not gzip, or damaged") from error
    if not raw:
        raise ConfigError(f"{source}: not a chart package: it is empty")
    return bytes(raw)


def _check_member(member: tarfile.TarInfo, source: str) -> PurePosixPath:
    """The member's path; raises ConfigError for one that could leave the chart's folder or means two things."""
    name = member.name
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        _refuse(source, "a name that is not UTF-8", name)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name.split("/")[0]:
        _refuse(source, "the unsafe path", name)
    if not path.parts or any(ord(character) < 32 for character in name):
        _refuse(source, "the unsafe path", name)
    if member.type not in _PLAIN_TYPES or getattr(member, "sparse", None) is not None:
        _refuse(source, "a link or device,", name)
    if len(path.parts) < 2 and not member.isdir():
        _refuse(source, "a file outside the chart's folder,", name)
    return path


def _refuse(source: str, what: str, name: str) -> NoReturn:
    raise ConfigError(f"{source}: the package holds {what} {name[:_SHOWN_NAME_LENGTH]!a}")


def _listed(names: set[str]) -> str:
    return ", ".join(f"{name[:_SHOWN_NAME_LENGTH]!a}" for name in sorted(names)[:3])
