from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
import stamina

from hubwright.adapters.charts import ChartPin, ChartStore, repository_reachable
from hubwright.core.errors import ApiError, ConfigError

from .repositories import make_package, sha256

PACKAGE = make_package("hub", "1.0.0", schema={"type": "object"})
DIGEST = sha256(PACKAGE)
SECOND = make_package("hub", "2.0.0")
CHANGED = make_package("hub", "1.0.0", values={"changed": True})
INDEX = """apiVersion: v1
entries:
  other:
  - version: 1.0.0
    urls: [other.tgz]
  hub:
  - name: hub
    dependencies:
    - name: inner
      version: 9.9.9
    version: 2.0.0
    urls:
    - https://elsewhere.test/hub-2.0.0.tgz
  - name: hub
    created: "2026-01-01"
    version: 1.0.0
    urls:
    - packages/hub-1.0.0.tgz
generated: "2026-01-01"
"""


def pin(sha256: str | None = DIGEST, version: str = "1.0.0", **more: str) -> ChartPin:
    return ChartPin("hub", "https://charts.test/helm", version, sha256, "charts.lock:2:3", **more)


class Repository:
    """Answers like a chart repository and counts what was asked."""

    def __init__(self, package: bytes = PACKAGE, index: str = INDEX) -> None:
        self.asked: list[str] = []
        self.package, self.index = package, index
        self.client = httpx2.Client(transport=httpx2.MockTransport(self.answer))

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        answers: dict[str, str | bytes] = {
            "https://charts.test/helm/index.yaml": self.index,
            "https://charts.test/helm/packages/hub-1.0.0.tgz": self.package,
            "https://elsewhere.test/hub-2.0.0.tgz": SECOND,
        }
        content = answers.get(str(request.url))
        return (
            httpx2.Response(404)
            if content is None
            else httpx2.Response(200, content=iter([content if isinstance(content, bytes) else content.encode()]))
        )


@pytest.fixture
def notices() -> list[str]:
    return []


def store(folder: Path, repository: Repository | None = None, **more: object) -> ChartStore:
    return ChartStore(folder / "cache", client=(repository or Repository()).client, **more)  # type: ignore[arg-type]


def test_a_package_is_fetched_once_and_verified(tmp_path, notices):
    repository = Repository()
    first = store(tmp_path, repository).resolve(pin(), notify=notices.append)
    again = store(tmp_path, repository).resolve(pin(), notify=notices.append)
    assert (first.path, first.origin, again.origin) == (again.path, "network", "cache")
    assert first.path.read_bytes() == PACKAGE
    assert len(repository.asked) == 2
    assert notices == []


def test_an_absolute_address_in_the_index_is_followed(tmp_path):
    repository = Repository()
    store(tmp_path, repository).resolve(pin(None, version="2.0.0"))
    assert repository.asked[-1] == "https://elsewhere.test/hub-2.0.0.tgz"


def test_what_is_vendored_comes_first_and_asks_nobody(tmp_path):
    repository = Repository()
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "hub-1.0.0.tgz").write_bytes(PACKAGE)
    found = store(tmp_path, repository, vendor=vendor).resolve(pin())
    assert (found.path.parent, found.origin, repository.asked) == (vendor, "vendor", [])


def test_a_vendored_package_with_another_digest_is_refused_and_stays(tmp_path):
    (tmp_path / "hub-1.0.0.tgz").write_bytes(CHANGED)
    with pytest.raises(ConfigError) as caught:
        store(tmp_path, vendor=tmp_path).resolve(pin())
    assert DIGEST in caught.value.message
    assert sha256(CHANGED) in caught.value.message
    assert (tmp_path / "hub-1.0.0.tgz").exists()


def test_offline_asks_nobody_and_says_what_to_do(tmp_path):
    repository = Repository()
    offline = store(tmp_path, repository, offline=True)
    with pytest.raises(ConfigError, match="neither vendored nor cached, and this run is offline") as caught:
        offline.resolve(pin())
    assert "charts vendor hub" in str(caught.value.hint)
    with pytest.raises(ConfigError, match="offline"):
        offline.versions(pin())
    assert repository.asked == []


def test_a_mismatch_names_both_digests_and_keeps_nothing(tmp_path):
    with pytest.raises(ConfigError) as caught:
        store(tmp_path, Repository(package=CHANGED)).resolve(pin())
    assert DIGEST in caught.value.message
    assert sha256(CHANGED) in caught.value.message
    assert "charts update hub" in str(caught.value.hint)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_package_that_breaks_the_repositorys_own_digest_is_refused(tmp_path):
    index = INDEX.replace('    created: "2026-01-01"\n', f"    digest: {'1' * 64}\n")
    with pytest.raises(ConfigError, match="does not verify"):
        store(tmp_path, Repository(index=index)).resolve(pin(None))


@pytest.mark.parametrize(
    ("package", "message"),
    [
        (make_package("other", "1.0.0"), "holds other 1.0.0 inside"),
        (make_package("hub", "1.0.1"), "holds hub 1.0.1 inside"),
        (b"not a package", "not a chart package"),
    ],
)
def test_a_package_that_is_another_chart_is_refused_and_not_kept(tmp_path, package, message):
    with pytest.raises(ConfigError, match=message):
        store(tmp_path, Repository(package=package)).resolve(pin(None))
    assert list(tmp_path.rglob("*.tgz")) == []


def test_a_schema_with_another_digest_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"the schema of hub 1\.0\.0 does not verify"):
        store(tmp_path).resolve(pin(schema_sha256="1" * 64))


def test_a_pin_without_digest_is_trusted_once_and_aloud(tmp_path, notices):
    store(tmp_path).resolve(pin(None), notify=notices.append)
    (notice,) = notices
    assert "trusted on first use" in notice
    assert DIGEST in notice
    store(tmp_path).resolve(pin(None), notify=notices.append)
    assert len(notices) == 1


def test_what_was_trusted_may_not_change_later(tmp_path, notices):
    package = store(tmp_path).resolve(pin(None), notify=notices.append)
    package.path.unlink()
    with pytest.raises(ConfigError, match="does not verify"):
        store(tmp_path, Repository(package=CHANGED)).resolve(pin(None), notify=notices.append)


def test_a_damaged_cache_is_fetched_anew(tmp_path):
    package = store(tmp_path).resolve(pin())
    package.path.write_bytes(b"damaged")
    assert store(tmp_path).resolve(pin()).path.read_bytes() == PACKAGE


def test_a_version_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"charts.lock:2:3: the repository .* has no version 9.9.9 of the chart hub"):
        store(tmp_path).resolve(pin(version="9.9.9"))


@pytest.mark.parametrize(
    "index",
    [
        INDEX,
        INDEX.replace("\n", "\r\n"),
        INDEX.replace("  hub:", '  "hub":').replace("version: 1.0.0", 'version: "1.0.0" # one'),
        '{"entries": {"hub": [{"version": "2.0.0"}, {"version": "1.0.0", "urls": ["packages/hub-1.0.0.tgz"]}]}}',
        "entries: {hub: [{version: 2.0.0}, {version: 1.0.0, urls: [packages/hub-1.0.0.tgz]}]}",
        "entries:\n   hub:\n    - version: 2.0.0\n    - version: 1.0.0\n      urls: [packages/hub-1.0.0.tgz]",
    ],
)
def test_an_index_is_read_however_it_is_written(tmp_path, index):
    repository = Repository(index=index)
    assert store(tmp_path, repository).versions(pin()) == ["2.0.0", "1.0.0"]
    assert store(tmp_path, repository).resolve(pin()).sha256 == DIGEST


@pytest.mark.parametrize("index", ["<html>a login page</html>", "entries: [", '{"entries": 3}', "{", "a: 1"])
def test_what_is_no_index_is_told(tmp_path, index):
    with pytest.raises(ApiError, match="is not an index of charts"):
        store(tmp_path, Repository(index=index)).resolve(pin())


def test_a_leading_v_does_not_count(tmp_path):
    repository = Repository(index=INDEX.replace("version: 1.0.0", "version: v1.0.0"))
    assert store(tmp_path, repository).resolve(pin()).sha256 == DIGEST
    named = dataclasses.replace(pin(), version="v1.0.0")
    assert store(tmp_path, repository).resolve(named).path.name == "hub-v1.0.0.tgz"


@pytest.mark.parametrize("address", ["http://charts.test/hub.tgz", "file:///etc/passwd", "ftp://charts.test/hub.tgz"])
def test_a_package_is_not_taken_from_a_less_safe_address(tmp_path, address):
    repository = Repository(index=INDEX.replace("packages/hub-1.0.0.tgz", address))
    with pytest.raises(ApiError, match="which is not taken"):
        store(tmp_path, repository).resolve(pin())


def refuse(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route", request=request)


def test_an_unreachable_repository_is_a_clear_error(tmp_path):
    client = httpx2.Client(transport=httpx2.MockTransport(refuse))
    with stamina.set_testing(True), pytest.raises(ApiError, match=r"charts\.test cannot be reached: ConnectError"):
        ChartStore(tmp_path, client=client).resolve(pin())


def test_an_error_status_is_told(tmp_path):
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(503)))
    with stamina.set_testing(True), pytest.raises(ApiError, match="answered with status 503"):
        ChartStore(tmp_path, client=client).resolve(pin())


@pytest.mark.parametrize(
    ("answer", "reachable"),
    [(lambda _: httpx2.Response(200), True), (lambda _: httpx2.Response(500), False), (refuse, False)],
)
def test_whether_repositories_can_be_reached(answer: Callable[[httpx2.Request], httpx2.Response], reachable):
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    assert repository_reachable([pin()], client=client) is reachable
