"""Kubeconfig files: written for people and clients, read by our own client."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hubwright.core.errors import SandboxError


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs to talk to one API server as one user; PEM texts."""

    server_url: str
    ca_pem: str
    certificate_pem: str
    key_pem: str


def render_kubeconfig(credentials: Credentials, *, cluster: str, user: str) -> str:
    """Return a kubeconfig (YAML) whose one context is ``<user>@<cluster>``."""
    context = f"{user}@{cluster}"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": cluster,
                "cluster": {
                    "server": credentials.server_url,
                    "certificate-authority-data": _encode(credentials.ca_pem),
                },
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encode(credentials.certificate_pem),
                    "client-key-data": _encode(credentials.key_pem),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
        "current-context": context,
    }
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 10**6
    text = io.StringIO()
    writer.dump(document, text)
    return text.getvalue()


def read_credentials(kubeconfig: str) -> Credentials:
    """Read the current context of a kubeconfig that `render_kubeconfig` wrote.

    Raises SandboxError for any other shape; its text is never quoted, since it holds a private key.
    """
    try:
        document = YAML(typ="safe").load(kubeconfig)
        context = _named(document["contexts"], document["current-context"])["context"]
        cluster = _named(document["clusters"], context["cluster"])["cluster"]
        user = _named(document["users"], context["user"])["user"]
        return Credentials(
            server_url=cluster["server"],
            ca_pem=_decode(cluster["certificate-authority-data"]),
            certificate_pem=_decode(user["client-certificate-data"]),
            key_pem=_decode(user["client-key-data"]),
        )
    except (KeyError, TypeError, ValueError, StopIteration, YAMLError):
        raise SandboxError(
            "the kubeconfig has no current context with an embedded certificate authority, certificate and key"
        ) from None


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()
