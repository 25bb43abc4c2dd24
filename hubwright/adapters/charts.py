"""Pinned charts on this machine: from ``charts-values/vendor``, the cache, or their repository, in that order.

`ChartStore.resolve` turns a pin of ``charts.lock`` into a package file whose sha256 was checked. Packages are never
unpacked to disk; `hubwright.adapters.chart_packages` reads them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx2

from hubwright.adapters.chart_packages import parse_package, read_chart
from hubwright.adapters.charts_download import open_client
from hubwright.adapters.charts_http import HttpRepository
from hubwright.adapters.charts_oci import OciRepository
from hubwright.adapters.files import replace_file
from hubwright.core.charts import Chart
from hubwright.core.charts_lock import ChartPin, parse_lock
from hubwright.core.charts_versions import same_version
from hubwright.core.errors import ConfigError

__all__ = ["ChartPin", "ChartStore", "Package", "PackageCopy", "read_chart", "read_lock", "repository_reachable"]

if TYPE_CHECKING:
    from hubwright.adapters.helm import HelmClient

Origin = Literal["vendor", "cache", "network"]
Notify = Callable[[str], None]

_SHARED_MODE = 0o644
_LOG = logging.getLogger("hubwright.charts")
_OFFLINE_HINT = "run `hubwright charts vendor {name}` where the network is, and commit charts-values/vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """A package on this machine, its digest checked a moment ago."""

    path: Path
    sha256: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class PackageCopy:
    """A package's file that nobody has checked, and the digest that it must have (None: any)."""

    path: Path
    origin: Origin
    expected: str | None


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
    pins: Iterable[ChartPin], *, timeout_s: float = 2.0, client: httpx2.Client | None = None
) -> bool:
    """Whether the repositories of all pins answer within `timeout_s` seconds; asks each once, at the same time."""
    repositories = sorted({pin.repository for pin in pins})
    if not repositories:
        return False
    with _borrow(client) as http, ThreadPoolExecutor(max_workers=len(repositories)) as pool:
        return all(pool.map(lambda address: open_repository(address, http).answers(timeout_s), repositories))


def open_repository(address: str, http: httpx2.Client) -> HttpRepository | OciRepository:
    """Return what talks to a repository, by its address."""
    if address.startswith("oci://"):
        return OciRepository(address, http, _open_helm)
    return HttpRepository(address, http)


def _open_helm() -> HelmClient:
    from hubwright.adapters.helm import HelmClient  # late: the program imports this module, and needs no Helm

    return HelmClient("")


@dataclass(frozen=True)
class ChartStore:
    """Where packages are looked for: `vendor` (None: nowhere), then `cache`, then the network unless `offline`."""

    cache: Path = field(default_factory=default_cache)
    vendor: Path | None = None
    offline: bool = False
    client: httpx2.Client | None = None

    def resolve(self, pin: ChartPin, *, notify: Notify = _LOG.warning) -> Package:
        """Give the pinned chart's package, its sha256 verified each time.

        A pin without digest is trusted on its first download, which `notify` says; the digest is then remembered in
        the cache. Raises ConfigError when digests differ, the version does not exist or the package is not that chart,
        ApiError or AuthenticationError when it cannot be fetched.
        """
        if found := self.find(pin):
            return found
        if self.offline:
            raise ConfigError(
                f"{pin.place}: the chart {pin.name} {pin.version} is neither vendored nor cached, and this run is "
                "offline",
                hint=_OFFLINE_HINT.format(name=pin.name),
            )
        expected = self.expected_digest(pin)
        package = self.fetch(pin, expected=expected)
        if expected is None:
            self._remember(pin, package.sha256)
            notify(
                f"{pin.place}: the chart {pin.name} {pin.version} has no sha256 yet: the package from "
                f"{pin.repository} is trusted on first use; its sha256 is {package.sha256}. "
                f"`hubwright charts pull {pin.name} --lock` writes it"
            )
        return package

    def fetch(self, pin: ChartPin, *, expected: str | None) -> Package:
        """Download the package into the cache when it has the digest `expected` (None: any); raises as `resolve`."""
        with _borrow(self.client) as http:
            fetched = open_repository(pin.repository, http).fetch(pin)
        digest = hashlib.sha256(fetched.content).hexdigest()
        for wanted, name in ((expected, pin.place), (fetched.listed_sha256, f"the index of {pin.repository}")):
            if wanted and wanted != digest:
                raise _mismatch(pin, wanted, name, digest, f"the package from {pin.repository}")
        check_package(pin, fetched.content)
        package = self._cached_path(pin, digest)
        replace_file(package, fetched.content, mode=_SHARED_MODE)
        return Package(package, digest, "network")

    def find(self, pin: ChartPin) -> Package | None:
        """Give the package from `vendor` or the cache, None when it is in neither; the network is not asked.

        Raises ConfigError when a vendored package has another digest than the lock says: it was put there on purpose.
        A cached one that has changed is thrown away.
        """
        expected = self.expected_digest(pin)
        if vendored := self._vendored(pin):
            digest = file_digest(vendored)
            if pin.sha256 and digest != pin.sha256:
                raise _mismatch(pin, pin.sha256, pin.place, digest, str(vendored))
            return Package(vendored, digest, "vendor")
        if expected is None:
            return None
        package = self._cached_path(pin, expected)
        if not package.is_file():
            return None
        if file_digest(package) == expected:
            return Package(package, expected, "cache")
        package.unlink(missing_ok=True)
        return None

    def copies(self, pin: ChartPin) -> Iterator[PackageCopy]:
        """List every copy of the package on this machine, unchecked."""
        if vendored := self._vendored(pin):
            yield PackageCopy(vendored, "vendor", pin.sha256)
        expected = self.expected_digest(pin)
        if expected and (cached := self._cached_path(pin, expected)).is_file():
            yield PackageCopy(cached, "cache", expected)

    def versions(self, pin: ChartPin) -> list[str]:
        """Every version that the chart's repository has; raises as `resolve` does."""
        if self.offline:
            raise ConfigError(
                f"{pin.repository} is not asked: this run is offline", hint="run the command without --offline"
            )
        with _borrow(self.client) as http:
            return open_repository(pin.repository, http).versions(pin.name)

    def vendored_path(self, pin: ChartPin) -> Path:
        """Where the chart's package is vendored, whether it is there or not. Needs `vendor`."""
        assert self.vendor is not None
        return self.vendor / pin.file_name

    def expected_digest(self, pin: ChartPin) -> str | None:
        """The digest that the package must have: the lock's, else the one that this machine has trusted."""
        return pin.sha256 or self._trusted_digest(pin)

    def _vendored(self, pin: ChartPin) -> Path | None:
        if self.vendor is None:
            return None
        path = self.vendored_path(pin)
        return path if path.is_file() else None

    def _cached_path(self, pin: ChartPin, digest: str) -> Path:
        return self.cache / "sha256" / digest / pin.file_name

    def _trust_file(self, pin: ChartPin) -> Path:
        key = hashlib.sha256(f"{pin.repository}\n{pin.name}\n{pin.version}".encode()).hexdigest()[:16]
        return self.cache / "trusted" / f"{pin.name}-{pin.version}-{key}.json"

    def _trusted_digest(self, pin: ChartPin) -> str | None:
        try:
            digest = json.loads(self._trust_file(pin).read_text(encoding="utf-8"))["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return digest if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest) else None

    def _remember(self, pin: ChartPin, digest: str) -> None:
        content = json.dumps({"repository": pin.repository, "sha256": digest})
        replace_file(self._trust_file(pin), content, mode=_SHARED_MODE)


def check_package(pin: ChartPin, content: bytes) -> Chart:
    """Read a package and check that it is the pinned chart. Raises ConfigError when it is another, or none."""
    chart = parse_package(content, pin.file_name)
    if chart.name != pin.name or not same_version(chart.version, pin.version):
        raise ConfigError(
            f"{pin.place}: the package of {pin.name} {pin.version} holds {chart.name[:80]} {chart.version[:80]} inside",
            hint="the repository is wrong about it: do not use it",
        )
    found = chart.schema_sha256 or "none"
    if pin.schema_sha256 and pin.schema_sha256 != found:
        raise ConfigError(
            f"{pin.place}: the schema of {pin.name} {pin.version} does not verify:\n"
            f"  the lock wants schemaSha256 {pin.schema_sha256}\n  the package has             {found}",
            hint="`hubwright charts update` writes both digests; one of them was edited alone",
        )
    return chart


def file_digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _borrow(client: httpx2.Client | None) -> Iterator[httpx2.Client]:
    """The caller's client left open, or one of our own closed at the end."""
    if client is not None:
        yield client
        return
    with open_client() as own:
        yield own


def _mismatch(pin: ChartPin, wanted: str, source: str, found: str, package: str) -> ConfigError:
    return ConfigError(
        f"the chart {pin.name} {pin.version} does not verify:\n"
        f"  {source} wants sha256 {wanted}\n  {package} has sha256 {found}",
        hint="do not use it before you know why: a package behind a fixed version must never change. If the new one is "
        f"right, `hubwright charts update {pin.name} --version {pin.version}` shows what differs and locks it",
    )
