from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.kubernetes import parse_kubeconfig
from hubwright.core.errors import AuthenticationError, ConfigError, HubwrightError, UnsupportedError

CANARY = "canary-token-4711"


def kubeconfig(user: dict[str, Any], **cluster: Any) -> str:
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443/", **cluster}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "hub"}}],
            "current-context": "x",
        }
    )


def test_a_token_and_a_namespace_are_read():
    access = parse_kubeconfig(kubeconfig({"token": CANARY}))
    assert (access.server_url, access.namespace, access.token) == ("https://127.0.0.1:6443", "hub", CANARY)


def test_a_token_file_is_read_from_the_given_folder(tmp_path: Path):
    (tmp_path / "token").write_text(f"{CANARY}\n")
    assert parse_kubeconfig(kubeconfig({"tokenFile": "token"}), folder=tmp_path).token == CANARY


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"exec": {"command": "/usr/bin/aws-iam-authenticator"}}, "aws-iam-authenticator"),
        ({"auth-provider": {"name": "gcp"}}, "gcp"),
        ({"username": "admin", "password": CANARY}, "basic authentication"),
    ],
)
def test_credential_plugins_are_refused_by_name(user: dict[str, Any], name: str):
    with pytest.raises(UnsupportedError, match=name):
        parse_kubeconfig(kubeconfig(user))


@pytest.mark.parametrize(
    "text",
    [
        f"users: [{{token: {CANARY}",
        f"just {CANARY}",
        "",
        kubeconfig({"token": CANARY}).replace('"server"', '"srv"'),
        kubeconfig({"token": CANARY}).replace('"current-context"', '"no-context"'),
        kubeconfig({"client-certificate-data": f"{CANARY}!", "client-key": "/nowhere"}),
    ],
)
def test_a_broken_kubeconfig_is_a_config_error_that_shows_none_of_it(text: str):
    with pytest.raises(ConfigError) as caught:
        parse_kubeconfig(text)
    assert CANARY not in f"{caught.value.message} {caught.value.hint} {caught.value.__cause__}"


def test_no_credentials_is_an_authentication_error():
    with pytest.raises(AuthenticationError, match="neither a token nor a client certificate"):
        parse_kubeconfig(kubeconfig({}))


def test_certificates_that_do_not_load_show_nothing():
    access = parse_kubeconfig(kubeconfig({"client-certificate-data": "Y2FuYXJ5", "client-key-data": "Y2FuYXJ5"}))
    with pytest.raises(HubwrightError, match="certificates cannot be used"):
        access.tls_context()


def test_the_representation_shows_no_credential():
    assert CANARY not in repr(parse_kubeconfig(kubeconfig({"token": CANARY})))
