"""Reads a kubeconfig's text into what an HTTPS connection needs; its contents never reach a message.

Client certificates and bearer tokens are understood, inline or as files. Credential plug-ins (``exec``,
``auth-provider``) run foreign programs, so they are refused by name.
Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hubwright.core.errors import AuthenticationError, ConfigError, UnsupportedError

_HINT = "take the kubeconfig from the cluster's own output or from `kubectl config view --raw --minify`"


@dataclass(frozen=True, slots=True, repr=False)
class ClusterAccess:
    """Where an API server is and how to prove who we are. `ca_pem` None means the system's authorities."""

    server_url: str
    namespace: str = "default"
    ca_pem: bytes | None = None
    certificate_pem: bytes | None = None
    key_pem: bytes | None = None
    token: str | None = None
    verify: bool = True
    server_name: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"ClusterAccess({self.server_url!r})"

    def tls_context(self) -> ssl.SSLContext:
        """Build the TLS context. Raises AuthenticationError when certificate or key cannot be used."""
        try:
            context = ssl.create_default_context(cadata=self.ca_pem.decode() if self.ca_pem else None)
            if not self.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.certificate_pem and self.key_pem:
                _load_client_certificate(context, self.certificate_pem, self.key_pem)
        except (ssl.SSLError, ValueError) as error:
            raise AuthenticationError(
                "the kubeconfig's certificates cannot be used: they are damaged or do not belong together", hint=_HINT
            ) from error
        return context


def parse_kubeconfig(text: str, *, context: str | None = None, folder: Path | None = None) -> ClusterAccess:
    """Read `context` (default: the current one) of a kubeconfig; relative file names start from `folder`.

    Raises ConfigError when it is no kubeconfig, UnsupportedError for a credential plug-in, AuthenticationError when it
    holds no credentials.
    """
    document = _load(text)
    chosen = context or document.get("current-context")
    if not chosen:
        raise ConfigError("the kubeconfig has no current-context", hint=_HINT)
    entry = _named(document, "contexts", "context", str(chosen))
    cluster = _named(document, "clusters", "cluster", str(entry.get("cluster", "")))
    user = _named(document, "users", "user", str(entry.get("user", "")))
    _refuse_plugins(user)
    server = str(cluster.get("server") or "")
    if not server.startswith(("https://", "http://")):
        raise ConfigError("the kubeconfig's cluster has no server URL", hint=_HINT)
    base = folder or Path()
    access = ClusterAccess(
        server_url=server.rstrip("/"),
        namespace=str(entry.get("namespace") or "default"),
        ca_pem=_material(cluster, "certificate-authority", base),
        certificate_pem=_material(user, "client-certificate", base),
        key_pem=_material(user, "client-key", base),
        token=_token(user, base),
        verify=not cluster.get("insecure-skip-tls-verify", False),
        server_name=cluster.get("tls-server-name"),
    )
    if not (access.token or (access.certificate_pem and access.key_pem)):
        raise AuthenticationError("the kubeconfig's user has neither a token nor a client certificate", hint=_HINT)
    return access


def _load(text: str) -> Mapping[str, Any]:
    # The parser's own message quotes the offending line, which may be a key: it is dropped, cause included.
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):
        document = None
    if not isinstance(document, Mapping) or not document.get("clusters"):
        raise ConfigError("this is not a kubeconfig: it is no YAML mapping with clusters", hint=_HINT) from None
    return document


def _named(document: Mapping[str, Any], section: str, key: str, name: str) -> Mapping[str, Any]:
    for item in document.get(section) or []:
        if isinstance(item, Mapping) and item.get("name") == name:
            return item.get(key) or {}
    raise ConfigError(f"the kubeconfig has no entry {name!r} in {section}", hint=_HINT)


def _refuse_plugins(user: Mapping[str, Any]) -> None:
    if plugin := user.get("exec"):
        raise UnsupportedError(
            f"the kubeconfig runs the credential plug-in {Path(str(plugin.get('command'))).name!r} (exec)",
            hint="use a kubeconfig with a client certificate or a token",
        )
    if provider := user.get("auth-provider"):
        raise UnsupportedError(
            f"the kubeconfig uses the auth-provider {provider.get('name')!r}",
            hint="use a kubeconfig with a client certificate or a token",
        )
    if user.get("username"):
        raise UnsupportedError(
            "the kubeconfig uses basic authentication, which Kubernetes removed in 1.19",
            hint="use a kubeconfig with a client certificate or a token",
        )


def _material(section: Mapping[str, Any], key: str, folder: Path) -> bytes | None:
    """Return `key`-data decoded, else the content of the file that `key` names."""
    if encoded := section.get(f"{key}-data"):
        try:
            return base64.b64decode(str(encoded), validate=False)
        except binascii.Error:
            raise ConfigError(f"the kubeconfig's {key}-data is not base64", hint=_HINT) from None
    if path := section.get(key):
        return _read(folder / str(path), key)
    return None


def _token(user: Mapping[str, Any], folder: Path) -> str | None:
    if token := user.get("token"):
        return str(token)
    if path := user.get("tokenFile"):
        return _read(folder / str(path), "tokenFile").decode().strip()
    return None


def _read(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the kubeconfig's {key} {path} cannot be read: {error.strerror}") from error


def _load_client_certificate(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes) -> None:
    # OpenSSL reads certificates from files only; this one is private (0600) and gone when the block ends.
    with tempfile.NamedTemporaryFile(suffix=".pem") as bundle:
        bundle.write(certificate_pem.rstrip() + b"\n" + key_pem)
        bundle.flush()
        context.load_cert_chain(bundle.name)
