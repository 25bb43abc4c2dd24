"""Logins for chart repositories and registries, from where Helm and Docker keep them; nothing of our own is kept.

HTTP repositories: Helm's ``repositories.yaml`` (``helm repo add --username …``). Registries: Helm's
``registry/config.json`` (``helm registry login``), then Docker's ``config.json`` (``docker login``), with their
credential helpers. The variables that move these files are honoured: HELM_REPOSITORY_CONFIG, HELM_REGISTRY_CONFIG,
HELM_CONFIG_HOME, XDG_CONFIG_HOME, DOCKER_CONFIG.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hubwright.core.errors import AuthenticationError, ConfigError
from hubwright.core.yaml_source import parse_yaml

_HELPER_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_HELPER_TIMEOUT_S = 20.0
_DOCKER_HUB = frozenset({"registry-1.docker.io", "docker.io", "index.docker.io"})
_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105 - Docker's mark for an identity token in a helper's answer


@dataclass(frozen=True, slots=True)
class Login:
    """A user's name and password, or an identity token that is changed for a bearer token."""

    username: str
    password: str = field(repr=False)
    identity_token: str | None = field(default=None, repr=False)


def repository_login(repository: str) -> Login | None:
    """Return the login that Helm keeps for an HTTP repository, None when it keeps none."""
    path = _file("HELM_REPOSITORY_CONFIG", "repositories.yaml")
    content = _read(path)
    if content is None:
        return None
    value = parse_yaml(content, source=str(path), doubtful="as-helm").value
    entries = value.get("repositories") if isinstance(value, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and str(entry.get("url", "")).rstrip("/") == repository.rstrip("/"):
            username, password = entry.get("username"), entry.get("password")
            return Login(str(username), str(password or "")) if username else None
    return None


def registry_login(host: str) -> Login | None:
    """Return the login for a registry's host (with its port), None when nobody has logged in.

    Raises ConfigError for a file that is no JSON, AuthenticationError when a credential helper fails.
    """
    for path in (_file("HELM_REGISTRY_CONFIG", "registry/config.json"), _docker_config()):
        content = _read(path)
        if content is not None and (login := _from_config(content, path, host)):
            return login
    return None


def _from_config(content: str, path: Path, host: str) -> Login | None:
    try:
        config = json.loads(content)
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}", hint="log in again with `helm registry login`") from error
    if not isinstance(config, Mapping):
        raise ConfigError(f"{path}: must hold a JSON object", hint="log in again with `helm registry login`")
    key = _DOCKER_HUB_KEY if host in _DOCKER_HUB else host
    helpers = config.get("credHelpers")
    helper = helpers.get(key) if isinstance(helpers, Mapping) else None
    if helper or config.get("credsStore"):
        return _ask_helper(str(helper or config["credsStore"]), key)
    auths = config.get("auths")
    for name, entry in auths.items() if isinstance(auths, Mapping) else ():
        if isinstance(entry, Mapping) and (name == key or urlsplit(name).netloc == key):
            return _from_entry(entry, path, name)
    return None


def _from_entry(entry: Mapping[str, Any], path: Path, name: str) -> Login | None:
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Login(_TOKEN_USER, "", token)
    if not entry.get("auth"):
        return Login(str(entry["username"]), str(entry.get("password") or "")) if entry.get("username") else None
    try:
        username, colon, password = base64.b64decode(str(entry["auth"]), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the login for {name} is damaged", hint="log in again") from error
    return Login(username, password.rstrip("\0")) if colon else None


def _ask_helper(helper: str, key: str) -> Login | None:
    """Ask ``docker-credential-<helper>``, which answers JSON, or fails for a host that it does not know."""
    if not _HELPER_NAME.fullmatch(helper):
        raise ConfigError(f"{helper[:40]!r} is no credential helper's name", hint="see Docker's config.json")
    command = [f"docker-credential-{helper}", "get"]
    try:
        done = subprocess.run(command, input=key.encode(), capture_output=True, timeout=_HELPER_TIMEOUT_S, check=False)
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
        username, secret = str(answer.get("Username") or ""), str(answer.get("Secret") or "")
    except (OSError, subprocess.TimeoutExpired, ValueError, AttributeError) as error:
        raise AuthenticationError(
            f"the credential helper {command[0]} gave no login for {key}: {type(error).__name__}",
            hint="check credsStore and credHelpers in Docker's config.json",
        ) from None
    if not username:
        return None
    return Login(username, "", secret) if username == _TOKEN_USER else Login(username, secret)


def _file(variable: str, name: str) -> Path:
    """A file of Helm's configuration: where its variable says, else in Helm's folder."""
    if named := os.environ.get(variable):
        return Path(named)
    if home := os.environ.get("HELM_CONFIG_HOME"):
        return Path(home) / name
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "helm" / name


def _docker_config() -> Path:
    folder = os.environ.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path.home() / ".docker") / "config.json"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {type(error).__name__}") from error
