"""Charts in OCI registries: pushed and pulled by the real Helm, through the real registry binary on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubwright.adapters.charts import ChartPin, ChartStore, repository_reachable
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError

from .registries import (
    Registry,
    binaries,
    log_in,
    make_certificate,
    password_auth,
    run_registry,
    token_auth,
)
from .repositories import make_package, sha256

pytestmark = pytest.mark.contract

VERSION = "1.2.0-0.dev.git.7.habcdef0+build.1"
PACKAGE = make_package("hub", VERSION, schema={"type": "object"})


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helm's and Docker's configuration in a folder of the test's own."""
    monkeypatch.setenv("HUBWRIGHT_HELM", str(binaries().helm))
    monkeypatch.setenv("HELM_CONFIG_HOME", str(tmp_path / "helm"))
    monkeypatch.setenv("HELM_CACHE_HOME", str(tmp_path / "helm-cache"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    for variable in ("HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CONFIG", "SSL_CERT_FILE"):
        monkeypatch.delenv(variable, raising=False)


def pin(registry: Registry, digest: str | None = None, version: str = VERSION) -> ChartPin:
    return ChartPin("hub", f"oci://{registry.host}/charts", version, digest, "charts.lock:2:3")


def store(tmp_path: Path) -> ChartStore:
    return ChartStore(tmp_path / "cache")


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with run_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


def test_a_chart_is_pulled_verified_and_listed(open_registry: Registry, tmp_path: Path):
    open_registry.push(PACKAGE, "hub", VERSION, "--plain-http")
    open_registry.push(make_package("hub", "1.1.0"), "hub", "1.1.0", "--plain-http")
    wanted = pin(open_registry, sha256(PACKAGE))
    found = store(tmp_path).resolve(wanted)
    assert (found.origin, found.path.read_bytes()) == ("network", PACKAGE)
    assert store(tmp_path).resolve(wanted).origin == "cache"
    assert sorted(store(tmp_path).versions(wanted)) == ["1.1.0", VERSION]
    assert repository_reachable([wanted])


def test_a_mismatch_names_both_digests_and_keeps_nothing(open_registry: Registry, tmp_path: Path):
    open_registry.push(PACKAGE, "hub", VERSION, "--plain-http")
    with pytest.raises(ConfigError) as caught:
        store(tmp_path).resolve(pin(open_registry, "a" * 64))
    assert "a" * 64 in caught.value.message
    assert sha256(PACKAGE) in caught.value.message
    assert not (tmp_path / "cache").exists()


def test_what_is_not_there_is_told(open_registry: Registry, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"has no version 9\.9\.9 of oci://127\.0\.0\.1:\d+/charts/hub"):
        store(tmp_path).resolve(pin(open_registry, version="9.9.9"))
    nothing = ChartPin("nothing", pin(open_registry).repository, "1.0.0", None, "charts.lock:2:3")
    assert store(tmp_path).versions(nothing) == []


@pytest.mark.parametrize("kind", ["password", "token"])
def test_a_login_is_taken_from_docker_and_from_helm(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "registry").mkdir()
    if kind == "token":
        with token_auth(tmp_path / "registry") as auth, run_registry(tmp_path / "registry", auth=auth) as registry:
            check_logins(registry, tmp_path, monkeypatch)
    else:
        auth = password_auth(tmp_path / "registry")
        with run_registry(tmp_path / "registry", auth=auth) as registry:
            check_logins(registry, tmp_path, monkeypatch)


def check_logins(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    log_in(docker, registry.host)
    registry.push(PACKAGE, "hub", VERSION, "--plain-http")
    wanted = pin(registry, sha256(PACKAGE))
    assert store(tmp_path / "docker-user").resolve(wanted).sha256 == sha256(PACKAGE)
    assert store(tmp_path).versions(wanted) == [VERSION]
    log_in(docker, registry.host, "wrong")
    with pytest.raises(AuthenticationError) as caught:
        store(tmp_path / "wrong").resolve(wanted)
    assert "helm registry login" in str(caught.value.hint)
    assert "wrong" not in caught.value.message
    (docker / "config.json").unlink()
    with pytest.raises(AuthenticationError):
        store(tmp_path / "nobody").versions(wanted)
    assert repository_reachable([wanted]), "a registry that wants a login is there"
    helm = [str(binaries().helm), "registry", "login", registry.host, "-u", "bob", "--password-stdin", "--plain-http"]
    subprocess.run(helm, input="secret-word", text=True, check=True, capture_output=True)
    assert store(tmp_path / "helm-user").resolve(wanted).sha256 == sha256(PACKAGE)


def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "registry"
    folder.mkdir()
    made = make_certificate(folder)
    tls = {"certificate": str(made.certificate), "key": str(made.key)}
    with run_registry(folder, tls=tls) as registry:
        registry.push(PACKAGE, "hub", VERSION, "--ca-file", str(made.certificate))
        with pytest.raises(ApiError, match="its TLS certificate is not trusted"):
            store(tmp_path).resolve(pin(registry, sha256(PACKAGE)))
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        assert store(tmp_path).resolve(pin(registry, sha256(PACKAGE))).origin == "network"


def test_a_registry_that_is_not_there_is_told(tmp_path: Path):
    nowhere = ChartPin("hub", "oci://127.0.0.1:9/charts", "1.0.0", None, "charts.lock:2:3")
    assert not repository_reachable([nowhere])
    with pytest.raises(ApiError, match=r"127\.0\.0\.1 cannot be reached"):
        store(tmp_path).resolve(nowhere)
