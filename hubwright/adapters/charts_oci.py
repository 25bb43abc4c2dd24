"""Chart repositories in OCI registries: tags and digests are asked for here, packages are pulled by Helm.

Helm has no command that lists tags, and shows no size before it downloads; the registry's own API says both. Source:
the OCI distribution specification 1.1 and Docker's token authentication.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx2

from hubwright.adapters.charts_credentials import Login, registry_login
from hubwright.adapters.charts_download import check_status, connection_error, download, is_tls_fault
from hubwright.adapters.charts_http import MAX_PACKAGE_BYTES, FetchedPackage
from hubwright.core.charts_lock import ChartPin
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError, HubwrightError

if TYPE_CHECKING:
    from hubwright.adapters.helm import HelmClient

_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_MAX_ANSWER_BYTES = 4_000_000
_MOST_PAGES = 200
_PROBE_TIMEOUT_S = 10.0
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_NEXT_PAGE = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class _Layer:
    sha256: str | None
    size_bytes: int


class OciRepository:
    """One ``oci://`` address below which charts are; `helm` gives the client that pulls, when one is needed."""

    def __init__(self, repository: str, http: httpx2.Client, helm: Callable[[], HelmClient]) -> None:
        address = urlsplit(repository)
        self._repository = repository.rstrip("/")
        self._host = address.netloc
        self._path = address.path.strip("/")
        self._http = http
        self._helm = helm
        self._scheme: str | None = None

    def answers(self, timeout_s: float) -> bool:
        """Whether a registry is there, asked within `timeout_s` seconds; one that wants a login is."""
        try:
            address = f"{self._find_scheme(timeout_s)}://{self._host}/v2/"
            return self._http.get(address, timeout=timeout_s).status_code in (200, 401)
        except (httpx2.HTTPError, HubwrightError):
            return False

    def versions(self, chart: str) -> list[str]:
        """The versions of a chart: its tags, in which Helm writes ``_`` for ``+``; empty when there is no chart."""
        path: str | None = f"/v2/{self._name(chart)}/tags/list"
        tags: list[str] = []
        for _ in range(_MOST_PAGES):
            if path is None:
                break
            response = self._get(path)
            if response.status_code == 404:
                return []
            self._check(response)
            page = _json_object(response).get("tags")
            tags += [str(tag).replace("_", "+") for tag in page] if isinstance(page, list) else []
            link = _NEXT_PAGE.search(response.headers.get("link", ""))
            path = _path_of(urljoin(str(response.url), link[1])) if link else None
        return tags

    def fetch(self, pin: ChartPin) -> FetchedPackage:
        """Pull the pinned package with Helm, after its manifest has named its size and digest."""
        layer = self._find_layer(pin)
        if layer.size_bytes > MAX_PACKAGE_BYTES:
            raise ConfigError(f"{pin.helm_chart} is larger than {MAX_PACKAGE_BYTES} bytes, which no chart needs")
        with tempfile.TemporaryDirectory(prefix="hubwright-pull-") as folder:
            plain = self._find_scheme(_PROBE_TIMEOUT_S) == "http"
            package = self._helm().pull(pin.helm_chart, pin.version, Path(folder), plain_http=plain)
            return FetchedPackage(package.read_bytes(), layer.sha256)

    def _find_layer(self, pin: ChartPin) -> _Layer:
        tag = pin.version.replace("+", "_")
        response = self._get(f"/v2/{self._name(pin.name)}/manifests/{tag}", accept=_MANIFEST)
        if response.status_code == 404:
            raise ConfigError(
                f"{pin.place}: the registry {self._host} has no version {pin.version} of {pin.helm_chart}",
                hint=f"`hubwright charts outdated {pin.name}` shows the newest that it lists",
            )
        self._check(response)
        layers = _json_object(response).get("layers")
        for layer in layers if isinstance(layers, list) else []:
            if isinstance(layer, Mapping) and layer.get("mediaType") == _CHART_LAYER:
                algorithm, _, digest = str(layer.get("digest")).partition(":")
                size = layer.get("size")
                return _Layer(digest if algorithm == "sha256" else None, size if isinstance(size, int) else 0)
        raise ConfigError(f"{pin.place}: {pin.helm_chart}:{pin.version} is no Helm chart, but another artifact")

    def _name(self, chart: str) -> str:
        return f"{self._path}/{chart}" if self._path else chart

    def _get(self, path: str, *, accept: str = "application/json") -> httpx2.Response:
        """Ask the registry, with a login when it wants one."""
        address = f"{self._find_scheme(_PROBE_TIMEOUT_S)}://{self._host}{path}"
        response = self._send(address, {"Accept": accept})
        if response.status_code != 401:
            return response
        login = registry_login(self._host)
        return self._send(address, {"Accept": accept}, self._authorize(response, login))

    def _send(self, address: str, headers: Mapping[str, str], auth: Any = None) -> httpx2.Response:
        wanted = dict(headers)
        if isinstance(auth, str):
            wanted["Authorization"], auth = f"Bearer {auth}", None
        try:
            with self._http.stream("GET", address, headers=wanted, auth=auth) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise ApiError(f"{address} answers with more than {_MAX_ANSWER_BYTES} bytes")
        except httpx2.HTTPError as error:
            raise connection_error(address, error) from error
        return httpx2.Response(
            response.status_code,
            headers={name: value for name, value in response.headers.items() if name != "content-encoding"},
            content=bytes(content),
            request=response.request,
        )

    def _authorize(self, refused: httpx2.Response, login: Login | None) -> Any:
        """Turn a 401's challenge into a bearer token, or into a basic login."""
        challenge = refused.headers.get("www-authenticate", "")
        if not challenge.lower().startswith("bearer"):
            return (login.username, login.password) if login else None
        fields = dict(_CHALLENGE.findall(challenge))
        realm = fields.get("realm", "")
        if not realm.startswith("https://") and not (_is_loopback(self._host) and realm.startswith("http://")):
            raise AuthenticationError(f"{self._host} sends its users to {realm[:200]!r} for a token, which is not safe")
        query = {key: fields[key] for key in ("service", "scope") if key in fields}
        if login and login.identity_token:
            return self._refresh(realm, query, login.identity_token)
        address = str(httpx2.URL(realm).copy_merge_params(query))
        answer = download(self._http, address, limit_bytes=_MAX_ANSWER_BYTES, login=login)
        return _token_of(answer, realm)

    def _refresh(self, realm: str, query: Mapping[str, str], identity_token: str) -> str:
        form = {**query, "grant_type": "refresh_token", "client_id": "hubwright", "refresh_token": identity_token}
        try:
            response = self._http.post(realm, data=form)
        except httpx2.HTTPError as error:
            raise connection_error(realm, error) from error
        check_status(response, realm)
        return _token_of(response.content, realm)

    def _check(self, response: httpx2.Response) -> None:
        check_status(response, f"{self._host}{response.request.url.path}")

    def _find_scheme(self, timeout_s: float) -> str:
        """https; on this machine also http, where nothing speaks TLS, as Docker does it."""
        if self._scheme is None:
            self._scheme = "https"
            if _is_loopback(self._host) and not self._speaks_tls(timeout_s):
                self._scheme = "http"
        return self._scheme

    def _speaks_tls(self, timeout_s: float) -> bool:
        try:
            self._http.get(f"https://{self._host}/v2/", timeout=timeout_s)
        except httpx2.HTTPError as error:
            return is_tls_fault(error)
        return True


def _is_loopback(netloc: str) -> bool:
    host = urlsplit(f"//{netloc}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _json_object(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Mapping):
        raise ApiError(f"{response.request.url} does not answer as a registry does", hint="check the address")
    return value


def _token_of(answer: bytes, realm: str) -> str:
    try:
        content = json.loads(answer)
        return str(content.get("token") or content["access_token"])
    except (ValueError, KeyError, AttributeError) as error:
        raise AuthenticationError(f"{realm} gave no token") from error
