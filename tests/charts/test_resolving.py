from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx2
import pytest
import stamina

from hubwright.adapters.charts import ChartPin, repository_reachable, resolve_chart
from hubwright.core.errors import ApiError, ConfigError

PACKAGE = b"a chart"
DIGEST = hashlib.sha256(PACKAGE).hexdigest()
INDEX = """apiVersion: v1
entries:
  other:
  - version: 1.0.0
    urls: [other.tgz]
  hub:
  - name: hub
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


def pin(sha256: str | None = DIGEST, version: str = "1.0.0") -> ChartPin:
    return ChartPin("hub", "https://charts.test/helm", version, sha256, "charts.lock:2:3")


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
            "https://elsewhere.test/hub-2.0.0.tgz": self.package,
        }
        content = answers.get(str(request.url))
        return httpx2.Response(404) if content is None else httpx2.Response(200, content=content)


@pytest.fixture
def notices() -> list[str]:
    return []


def test_a_package_is_fetched_once_and_verified(tmp_path, notices):
    repository = Repository()
    first = resolve_chart(pin(), tmp_path, client=repository.client, notify=notices.append)
    again = resolve_chart(pin(), tmp_path, client=repository.client, notify=notices.append)
    assert first == again
    assert first.read_bytes() == PACKAGE
    assert len(repository.asked) == 2
    assert notices == []


def test_an_absolute_address_in_the_index_is_followed(tmp_path):
    repository = Repository()
    resolve_chart(pin(version="2.0.0"), tmp_path, client=repository.client)
    assert repository.asked[-1] == "https://elsewhere.test/hub-2.0.0.tgz"


def test_a_mismatch_names_both_digests_and_keeps_nothing(tmp_path):
    repository = Repository(package=b"another chart")
    found = hashlib.sha256(b"another chart").hexdigest()
    with pytest.raises(ConfigError) as caught:
        resolve_chart(pin(), tmp_path, client=repository.client)
    assert DIGEST in caught.value.message
    assert found in caught.value.message
    assert list(tmp_path.rglob("*.tgz")) == []


def test_a_package_that_breaks_the_repositorys_own_digest_is_refused(tmp_path):
    index = INDEX.replace('    created: "2026-01-01"\n', f"    digest: {'1' * 64}\n")
    with pytest.raises(ConfigError, match="does not verify"):
        resolve_chart(pin(None), tmp_path, client=Repository(index=index).client)


def test_a_pin_without_digest_is_trusted_once_and_aloud(tmp_path, notices):
    resolve_chart(pin(None), tmp_path, client=Repository().client, notify=notices.append)
    (notice,) = notices
    assert "trusted on first use" in notice
    assert DIGEST in notice
    resolve_chart(pin(None), tmp_path, client=Repository().client, notify=notices.append)
    assert len(notices) == 1


def test_what_was_trusted_may_not_change_later(tmp_path, notices):
    package = resolve_chart(pin(None), tmp_path, client=Repository().client, notify=notices.append)
    package.unlink()
    with pytest.raises(ConfigError, match="does not verify"):
        resolve_chart(pin(None), tmp_path, client=Repository(package=b"changed").client, notify=notices.append)


def test_a_damaged_cache_is_fetched_anew(tmp_path):
    package = resolve_chart(pin(), tmp_path, client=Repository().client)
    package.write_bytes(b"damaged")
    assert resolve_chart(pin(), tmp_path, client=Repository().client).read_bytes() == PACKAGE


def test_a_version_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"charts.lock:2:3: the repository .* has no version 9.9.9 of the chart hub"):
        resolve_chart(pin(version="9.9.9"), tmp_path, client=Repository().client)


def refuse(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route", request=request)


def test_offline_is_a_clear_error(tmp_path):
    with stamina.set_testing(True), pytest.raises(ApiError, match=r"charts\.test cannot be reached: ConnectError"):
        resolve_chart(pin(), tmp_path, client=httpx2.Client(transport=httpx2.MockTransport(refuse)))


def test_an_error_status_is_told(tmp_path):
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(503)))
    with pytest.raises(ApiError, match="answered with status 503"):
        resolve_chart(pin(), tmp_path, client=client)


@pytest.mark.parametrize(
    ("answer", "reachable"),
    [(lambda _: httpx2.Response(200), True), (lambda _: httpx2.Response(500), False), (refuse, False)],
)
def test_whether_repositories_can_be_reached(answer: Callable[[httpx2.Request], httpx2.Response], reachable):
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    assert repository_reachable({"hub": pin()}, client=client) is reachable
