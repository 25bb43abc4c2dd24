"""Charts from their repositories and from disk: pinned, verified by digest, cached; never unpacked to disk.

`resolve_chart` turns a pin of ``charts.lock`` into a package file whose sha256 was checked. `read_chart` reads what a
chart says about its values out of a package or a folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import stamina

from hubwright.adapters.chart_packages import read_chart
from hubwright.adapters.files import replace_file
from hubwright.core.charts_lock import ChartPin, parse_lock
from hubwright.core.errors import ApiError, ConfigError
from hubwright.core.yaml_source import parse_yaml

__all__ = ["ChartPin", "find_package", "read_chart", "read_lock", "repository_reachable", "resolve_chart"]

_MAX_PACKAGE_BYTES = 20_000_000
_MAX_INDEX_BYTES = 50_000_000
_TIMEOUT_S = 20.0
_LOG = logging.getLogger("hubwright.charts")


def read_lock(path: Path) -> Mapping[str, ChartPin]:
    """Read ``charts.lock``; raises ConfigError when it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file", hint="restore it: it pins the charts") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8") from error
    return parse_lock(text, source=path.name)


def default_cache() -> Path:
    """Where packages are kept between runs: ``$XDG_CACHE_HOME/hubwright/charts``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hubwright" / "charts"


def repository_reachable(
    pins: Iterable[ChartPin] | Mapping[str, ChartPin], *, timeout_s: float = 2.0, client: httpx2.Client | None = None
) -> bool:
    """Whether the repositories of all pins answer within `timeout_s` seconds; asks each once, at the same time."""
    listed = pins.values() if isinstance(pins, Mapping) else pins
    repositories = sorted({pin.repository for pin in listed})
    if not repositories:
        return False
    with ThreadPoolExecutor(max_workers=len(repositories)) as pool:
        return all(pool.map(lambda repository: _answers(repository, timeout_s, client), repositories))


def resolve_chart(
    pin: ChartPin,
    cache_dir: Path | None = None,
    *,
    client: httpx2.Client | None = None,
    notify: Callable[[str], None] = _LOG.warning,
) -> Path:
    """Give the pinned chart's package, from the cache or its repository, its sha256 verified each time.

    A pin without digest is trusted on its first download, which `notify` says; the digest is then remembered in the
    cache. Raises ConfigError when digests differ or the version does not exist, ApiError when it cannot be fetched.
    """
    cache = cache_dir or default_cache()
    expected = pin.sha256 or _trusted_digest(cache, pin)
    if expected and (package := _cached(cache, pin, expected)):
        return package
    with _borrow(client) as http:
        address, listed = _find_in_index(http, pin)
        content = _download(http, address, _MAX_PACKAGE_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    for wanted, name in ((expected, pin.place), (listed, f"the index of {pin.repository}")):
        if wanted and wanted != digest:
            raise _mismatch(pin, wanted, name, digest)
    package = _package_path(cache, pin, digest)
    replace_file(package, content)
    if expected is None:
        replace_file(_trust_file(cache, pin), json.dumps({"address": address, "sha256": digest}).encode())
        notify(
            f"the chart {pin.name} {pin.version} has no sha256 in {pin.place}: the package from "
            f"{pin.repository} is trusted on first use; its sha256 is {digest}"
        )
    return package


def find_package(pin: ChartPin, cache_dir: Path | None = None) -> Path | None:
    """Give the pinned chart's package when it is in the cache, its sha256 verified; the network is not asked."""
    cache = cache_dir or default_cache()
    expected = pin.sha256 or _trusted_digest(cache, pin)
    return _cached(cache, pin, expected) if expected else None


def _answers(repository: str, timeout_s: float, client: httpx2.Client | None) -> bool:
    try:
        with _borrow(client) as http, http.stream("GET", _index_address(repository), timeout=timeout_s) as response:
            return response.status_code == 200
    except httpx2.HTTPError:
        return False


class _borrow:  # noqa: N801 - reads as a verb at its uses
    """The caller's client left open, or one of our own closed at the end."""

    def __init__(self, client: httpx2.Client | None) -> None:
        self._own = None if client else httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=True)
        self._client = client or self._own

    def __enter__(self) -> httpx2.Client:
        assert self._client is not None
        return self._client

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._own.close()


def _index_address(repository: str) -> str:
    return urljoin(repository.rstrip("/") + "/", "index.yaml")


def _find_in_index(http: httpx2.Client, pin: ChartPin) -> tuple[str, str | None]:
    """The package's address and the digest that the repository itself lists, from its ``index.yaml``."""
    address = _index_address(pin.repository)
    text = _download(http, address, _MAX_INDEX_BYTES).decode("utf-8", errors="replace")
    for entry in _index_entries(text, pin, address):
        if str(entry.get("version")).removeprefix("v") == pin.version.removeprefix("v") and entry.get("urls"):
            digest = str(entry.get("digest") or "").removeprefix("sha256:")
            return urljoin(pin.repository.rstrip("/") + "/", str(entry["urls"][0])), digest or None
    raise ConfigError(
        f"{pin.place}: the repository {pin.repository} has no version {pin.version} of the chart {pin.name}",
        hint="choose a version that it lists",
    )


def _index_entries(text: str, pin: ChartPin, address: str) -> list[dict[str, Any]]:
    """The index's entries of one chart. An index is large, so only that chart's block is parsed."""
    block = re.search(rf"^  {re.escape(pin.name)}:\n((?:  (?:-| ).*\n?|\n)*)", text, re.MULTILINE)
    if block is None:
        return []
    value = parse_yaml(f"entries:\n{block.group(1)}", source=address, doubtful="as-helm").value
    entries = value.get("entries")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _download(http: httpx2.Client, address: str, limit_bytes: int) -> bytes:
    host = urlsplit(address).hostname
    try:
        return _fetch(http, address, limit_bytes)
    except httpx2.HTTPStatusError as error:
        status = error.response.status_code
        raise ApiError(f"{address} answered with status {status}", status=status) from error
    except httpx2.HTTPError as error:
        raise ApiError(
            f"{host} cannot be reached: {type(error).__name__}",
            hint="check the network, or set hubwright:charts to stand-in for a sandbox",
        ) from error


@stamina.retry(on=httpx2.TransportError, attempts=3, timeout=30.0, wait_initial=0.2, wait_max=2.0)
def _fetch(http: httpx2.Client, address: str, limit_bytes: int) -> bytes:
    content = bytearray()
    with http.stream("GET", address) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > limit_bytes:
                raise ConfigError(f"{address} is larger than {limit_bytes} bytes, which no chart is")
    return bytes(content)


def _package_path(cache: Path, pin: ChartPin, digest: str) -> Path:
    return cache / "sha256" / digest / f"{pin.name}-{pin.version}.tgz"


def _trust_file(cache: Path, pin: ChartPin) -> Path:
    key = hashlib.sha256(f"{pin.repository}\n{pin.name}\n{pin.version}".encode()).hexdigest()[:16]
    return cache / "trusted" / f"{pin.name}-{pin.version}-{key}.json"


def _trusted_digest(cache: Path, pin: ChartPin) -> str | None:
    try:
        digest = json.loads(_trust_file(cache, pin).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return digest if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest) else None


def _cached(cache: Path, pin: ChartPin, digest: str) -> Path | None:
    """The cached package; one that no longer has its digest is thrown away."""
    package = _package_path(cache, pin, digest)
    if not package.is_file():
        return None
    if hashlib.sha256(package.read_bytes()).hexdigest() == digest:
        return package
    package.unlink(missing_ok=True)
    return None


def _mismatch(pin: ChartPin, wanted: str, source: str, found: str) -> ConfigError:
    return ConfigError(
        f"the chart {pin.name} {pin.version} from {pin.repository} does not verify:\n"
        f"  {source} wants sha256 {wanted}\n  the package has sha256    {found}",
        hint="do not use it before you know why: a package behind a fixed version must never change",
    )
