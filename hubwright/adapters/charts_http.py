"""Chart repositories over HTTP: an ``index.yaml`` that lists versions, package addresses and digests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from hubwright.adapters.charts_credentials import Login, repository_login
from hubwright.adapters.charts_download import download
from hubwright.core.charts_lock import ChartPin
from hubwright.core.charts_versions import same_version
from hubwright.core.errors import ApiError, ConfigError, ValuesError
from hubwright.core.yaml_source import parse_yaml

MAX_PACKAGE_BYTES = 20_000_000
_MAX_INDEX_BYTES = 50_000_000
_ENTRY_START = re.compile(r"^  -(?= |\n)", re.MULTILINE)
_VERSION_LINE = re.compile(r"^(?:  - |    )version: *(.+?)(?: +#.*)? *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FetchedPackage:
    """A package as it came, and the sha256 that the repository itself lists for it."""

    content: bytes
    listed_sha256: str | None


class HttpRepository:
    """One repository; the index is read once, at the first question."""

    def __init__(self, repository: str, http: httpx2.Client) -> None:
        self._repository = repository
        self._http = http
        self._index_address = urljoin(repository.rstrip("/") + "/", "index.yaml")
        self._index: str | None = None
        self._login: Login | None = None

    def answers(self, timeout_s: float) -> bool:
        """Whether the index is there, asked within `timeout_s` seconds."""
        login = repository_login(self._repository)
        auth = (login.username, login.password) if login else None
        try:
            with self._http.stream("GET", self._index_address, timeout=timeout_s, auth=auth) as response:
                return response.status_code == 200
        except (httpx2.HTTPError, ApiError):
            return False

    def versions(self, chart: str) -> list[str]:
        """The versions of a chart, as the index lists them; empty when it has none."""
        return [str(entry["version"]) for entry in self._entries(chart, None) if entry.get("version")]

    def fetch(self, pin: ChartPin) -> FetchedPackage:
        """Download the pinned package. Raises ConfigError when the index has no such version."""
        for entry in self._entries(pin.name, pin.version):
            if same_version(str(entry.get("version")), pin.version) and (address := _first_address(entry)):
                listed = str(entry.get("digest") or "").removeprefix("sha256:").lower() or None
                place = self._package_address(address)
                own = urlsplit(place)[:2] == urlsplit(self._repository)[:2]  # the login is for this host alone
                content = download(self._http, place, limit_bytes=MAX_PACKAGE_BYTES, login=self._login if own else None)
                return FetchedPackage(content, listed)
        raise ConfigError(
            f"{pin.place}: the repository {pin.repository} has no version {pin.version} of the chart {pin.name}",
            hint=f"`hubwright charts outdated {pin.name}` shows the newest that it lists",
        )

    def _package_address(self, listed: str) -> str:
        address = urljoin(self._repository.rstrip("/") + "/", listed)
        scheme = urlsplit(address).scheme
        secure = urlsplit(self._repository).scheme == "https"
        if scheme not in ("https", "http") or (secure and scheme == "http"):
            raise ApiError(f"{self._index_address} lists the package at {listed[:200]!r}, which is not taken")
        return address

    def _entries(self, chart: str, version: str | None) -> Iterator[dict[str, Any]]:
        """The index's entries of a chart. An index is large: only the entries of that `version` are read whole."""
        if self._index is None:
            self._login = repository_login(self._repository)
            content = download(self._http, self._index_address, limit_bytes=_MAX_INDEX_BYTES, login=self._login)
            self._index = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
        try:
            yield from _read_entries(self._index, chart, version, self._index_address)
        except (ValuesError, ValueError, RecursionError) as error:
            raise ApiError(
                f"{self._index_address} is not an index of charts: {str(error).splitlines()[0][:200]}",
                hint="check the repository's address in charts.lock",
            ) from error


def _first_address(entry: dict[str, Any]) -> str | None:
    urls = entry.get("urls")
    return str(urls[0]) if isinstance(urls, list) and urls else None


def _read_entries(text: str, chart: str, version: str | None, source: str) -> Iterator[dict[str, Any]]:
    if text.lstrip().startswith("{"):
        yield from _entries_of(json.loads(text), chart)
        return
    block = re.search(rf"^  [\"']?{re.escape(chart)}[\"']?: *\n((?:  (?:-| ).*\n?|\n)*)", text, re.MULTILINE)
    if block is None:  # no such chart, or an index that was not written by Helm
        yield from _entries_of(parse_yaml(text, source=source, doubtful="as-helm").value, chart)
        return
    starts = [match.start() for match in _ENTRY_START.finditer(block[1])]
    for start, end in zip(starts, [*starts[1:], len(block[1])], strict=True):
        item = block[1][start:end]
        listed = _VERSION_LINE.search(item)
        plain = listed[1].strip("\"'") if listed else None
        if plain and version is None:
            yield {"version": plain}
        elif plain is None or version is None or same_version(plain, version):
            read = parse_yaml(f"entries:\n  {chart}:\n{item}", source=source, doubtful="as-helm").value
            yield from _entries_of(read, chart)


def _entries_of(index: Any, chart: str) -> Iterator[dict[str, Any]]:
    entries = index.get("entries") if isinstance(index, dict) else None
    if not isinstance(entries, dict):
        raise ValueError(  # noqa: TRY004 - what is read is wrong, not what is called
            "it has no map 'entries'"
        )
    listed = entries.get(chart)
    yield from (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()
