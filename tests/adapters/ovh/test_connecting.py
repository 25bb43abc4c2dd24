from __future__ import annotations

from typing import Any

import pytest

from hubwright.adapters.ovh import OvhApi, connect_ovh, path_of
from hubwright.core.errors import AuthenticationError, ConfigError


def test_a_url_is_an_endpoint(credentials: Any) -> None:
    from ovh.client import ENDPOINTS

    connect_ovh("http://127.0.0.1:9/1.0/", **credentials)
    assert ENDPOINTS["http://127.0.0.1:9/1.0"] == "http://127.0.0.1:9/1.0"


def test_an_unknown_name_is_refused(credentials: Any) -> None:
    with pytest.raises(ConfigError, match="'ovh-mars'"):
        connect_ovh("ovh-mars", **credentials)


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, credentials: Any) -> None:
    for name, value in credentials.items():
        monkeypatch.setenv(f"OVH_{name.upper()}", value)
    connect_ovh()


def test_no_credentials(credentials: Any) -> None:
    with pytest.raises(AuthenticationError, match="missing"):
        connect_ovh("ovh-eu")
    del credentials["application_secret"]
    with pytest.raises(AuthenticationError, match="incomplete"):
        connect_ovh("ovh-eu", **credentials)


def test_two_methods_at_once_are_refused(monkeypatch: pytest.MonkeyPatch, credentials: Any) -> None:
    monkeypatch.setenv("OVH_CLIENT_ID", "stray")
    with pytest.raises(ConfigError, match="application key and OAuth2 client") as caught:
        connect_ovh("ovh-eu", **credentials)
    assert "environment" in (caught.value.hint or "")


def test_an_access_token_is_refused_honestly() -> None:
    with pytest.raises(ConfigError, match="access token"):
        connect_ovh("ovh-eu", access_token="t")


def test_ids_never_leave_their_segment() -> None:
    assert path_of("domain", "zone", "../me") == "/domain/zone/..%2Fme"


def test_building_the_api_makes_no_connection() -> None:
    OvhApi(endpoint="http://127.0.0.1:9/1.0")
