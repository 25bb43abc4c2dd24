"""Chart repositories over HTTP that misbehave, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from hubwright.adapters import charts_http
from hubwright.adapters.charts import ChartPin, ChartStore
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError, HubwrightError
from hubwright.core.yaml_source import dump_yaml

from .registries import make_certificate
from .repositories import LoopbackRepository, make_package, serve, sha256

pytestmark = pytest.mark.contract

PACKAGE = make_package("hub", "1.0.0")


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HELM_CONFIG_HOME", str(tmp_path / "helm"))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def repository() -> Iterator[LoopbackRepository]:
    with serve() as served:
        served.publish("hub", "1.0.0", PACKAGE)
        yield served


def pin(repository: LoopbackRepository, digest: str | None = None) -> ChartPin:
    return ChartPin("hub", repository.address, "1.0.0", digest or sha256(PACKAGE), "charts.lock:2:3")


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "fault", "kind", "message"),
    [
        ("/index.yaml", 404, ApiError, r"/index\.yaml answered with status 404"),
        ("/hub-1.0.0.tgz", 404, ApiError, r"/hub-1\.0\.0\.tgz answered with status 404"),
        ("/hub-1.0.0.tgz", 500, ApiError, "answered with status 500"),
        ("/hub-1.0.0.tgz", 503, ApiError, "answered with status 503"),
        ("/index.yaml", 401, AuthenticationError, "answered with status 401"),
        ("/hub-1.0.0.tgz", 403, AuthenticationError, "answered with status 403"),
        ("/hub-1.0.0.tgz", "truncate", ApiError, r"127\.0\.0\.1 cannot be reached: RemoteProtocolError"),
        ("/index.yaml", "truncate", ApiError, r"127\.0\.0\.1 cannot be reached: RemoteProtocolError"),
        ("/index.yaml", "/index.yaml", ApiError, "redirects without end"),
        ("/index.yaml", "ftp://127.0.0.1/", ApiError, "leads to an address that is not http"),
    ],
)
def test_a_fault_is_told_and_nothing_is_kept(
    repository: LoopbackRepository,
    tmp_path: Path,
    path: str,
    fault: int | str,
    kind: type[HubwrightError],
    message: str,
):
    repository.faults[path] = fault
    with pytest.raises(kind, match=message):
        ChartStore(tmp_path / "cache").resolve(pin(repository))
    assert kept(tmp_path) == []
    if fault in (503, "truncate"):
        assert repository.asked.count(path) == 3, "what may pass is tried again"


def test_a_redirect_is_followed(repository: LoopbackRepository, tmp_path: Path):
    repository.packages["/elsewhere.tgz"] = PACKAGE
    repository.faults["/hub-1.0.0.tgz"] = "/elsewhere.tgz"
    assert ChartStore(tmp_path / "cache").resolve(pin(repository)).sha256 == sha256(PACKAGE)


def test_an_index_with_another_digest_than_the_package_is_refused(repository: LoopbackRepository, tmp_path: Path):
    repository.publish("hub", "1.0.0", PACKAGE, digest="1" * 64)
    with pytest.raises(ConfigError) as caught:
        ChartStore(tmp_path / "cache").resolve(pin(repository))
    assert "1" * 64 in caught.value.message
    assert "the index of" in caught.value.message
    assert kept(tmp_path) == []


@pytest.mark.parametrize("name", ["MAX_PACKAGE_BYTES", "_MAX_INDEX_BYTES"])
def test_what_is_larger_than_any_chart_is_not_downloaded(
    repository: LoopbackRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(charts_http, name, 100)
    with pytest.raises(ConfigError, match="is larger than 100 bytes, which no chart needs"):
        ChartStore(tmp_path / "cache").resolve(pin(repository))
    assert kept(tmp_path) == []


def test_helms_login_goes_to_the_repository_and_to_no_other_host(repository: LoopbackRepository, tmp_path: Path):
    entry = {"name": "ours", "url": repository.address + "/", "username": "bob", "password": "secret-word"}
    (tmp_path / "helm").mkdir()
    (tmp_path / "helm/repositories.yaml").write_text(dump_yaml({"apiVersion": "", "repositories": [entry]}))
    with serve() as other:
        other.packages["/hub-1.0.0.tgz"] = PACKAGE
        ChartStore(tmp_path / "cache").resolve(pin(repository))
        repository.publish("hub", "1.0.0", PACKAGE, urls=[f"{other.address}/hub-1.0.0.tgz"])
        ChartStore(tmp_path / "other").resolve(pin(repository))
        repository.publish("hub", "1.0.0", PACKAGE)
        repository.faults["/hub-1.0.0.tgz"] = f"{other.address}/hub-1.0.0.tgz"
        ChartStore(tmp_path / "redirected").resolve(pin(repository))
    assert {header and header.split()[0] for header in repository.authorizations} == {"Basic"}
    assert other.authorizations == [None, None]


def test_tls_is_verified_and_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = make_certificate(tmp_path)
    with serve() as plain, serve(context=made.context()) as secure:
        plain.publish("hub", "1.0.0", PACKAGE)
        secure.publish("hub", "1.0.0", PACKAGE)
        with pytest.raises(ApiError, match="its TLS certificate is not trusted") as caught:
            ChartStore(tmp_path / "cache").resolve(pin(secure))
        assert "SSL_CERT_FILE" in str(caught.value.hint)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        assert ChartStore(tmp_path / "cache").resolve(pin(secure)).origin == "network"
        secure.faults["/hub-1.0.0.tgz"] = f"{plain.address}/hub-1.0.0.tgz"
        with pytest.raises(ApiError, match="redirects from https to http"):
            ChartStore(tmp_path / "downgraded").resolve(pin(secure))
    assert plain.asked == []
