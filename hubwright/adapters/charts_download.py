"""Fetches bytes over HTTP within bounds of size and time, and says what went wrong in our own errors.

TLS is verified against the system's or ``SSL_CERT_FILE``'s authorities; a redirect from https to http is refused.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from time import monotonic
from urllib.parse import urlsplit

import httpx2

from hubwright.adapters.charts_credentials import Login
from hubwright.adapters.transient import (
    TRANSIENT_STATUSES,
    TransientApiError,
    call_again_when_transient,
    parse_retry_after,
)
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError

_TIMEOUT_S = 20.0
_DOWNLOAD_LIMIT_S = 300.0
_ATTEMPTS = 3
_OFFLINE_HINT = (
    "check the network, or set hubwright:charts to stand-in for a sandbox; `hubwright charts vendor` keeps packages "
    "for use without a network"
)


def open_client() -> httpx2.Client:
    """Return a client for repositories and registries."""
    return httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=True, event_hooks={"response": [_refuse_downgrade]})


def download(
    http: httpx2.Client,
    address: str,
    *,
    limit_bytes: int,
    login: Login | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return what an address answers; what may pass (overload, a broken connection) is tried three times.

    Raises AuthenticationError, ApiError with the status, or ConfigError for an answer larger than `limit_bytes`.
    """
    auth = (login.username, login.password) if login else None
    wanted = {"Accept-Encoding": "identity", **(headers or {})}
    return call_again_when_transient(
        lambda: _fetch(http, address, limit_bytes, auth=auth, headers=wanted), attempts=_ATTEMPTS
    )


def _fetch(
    http: httpx2.Client, address: str, limit_bytes: int, *, auth: tuple[str, str] | None, headers: Mapping[str, str]
) -> bytes:
    started = monotonic()
    content = bytearray()
    try:
        with http.stream("GET", address, auth=auth, headers=dict(headers)) as response:
            check_status(response, address)
            # Raw: what a server calls a content encoding may be the package's own gzip, as Helm has it too.
            for chunk in response.iter_raw():
                content += chunk
                if len(content) > limit_bytes:
                    raise ConfigError(f"{address} is larger than {limit_bytes} bytes, which no chart needs")
                if monotonic() - started > _DOWNLOAD_LIMIT_S:
                    raise ApiError(f"{address} did not arrive within {_DOWNLOAD_LIMIT_S:.0f} s", hint=_OFFLINE_HINT)
    except httpx2.HTTPError as error:
        raise connection_error(address, error) from error
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise ConfigError(f"{address[:200]!r} is not an address") from error
    return bytes(content)


def check_status(response: httpx2.Response, address: str) -> None:
    """Raise the error that fits an answer which is no success."""
    status = response.status_code
    if response.is_success:
        return
    host = urlsplit(address).netloc.rpartition("@")[2]
    if status in (401, 403):
        raise AuthenticationError(
            f"{address} answered with status {status}",
            hint=f"log in: `helm registry login {host}` for a registry, `helm repo add --username …` for a repository",
        )
    if status in TRANSIENT_STATUSES:
        wait = parse_retry_after(response.headers.get("retry-after"))
        raise TransientApiError(
            f"{address} answered with status {status}", status=status, hint="try again later", retry_after_s=wait
        )
    raise ApiError(f"{address} answered with status {status}", status=status, hint="check the address in charts.lock")


def connection_error(address: str, error: httpx2.HTTPError) -> ApiError:
    """Say why there was no answer; TLS faults and endless redirects are not tried again, the rest may pass."""
    host = urlsplit(address).hostname
    if isinstance(error, httpx2.TooManyRedirects):
        return ApiError(f"{address} redirects without end", hint="check the address in charts.lock")
    if isinstance(error, httpx2.UnsupportedProtocol):
        return ApiError(f"{address} leads to an address that is not http(s)", hint="check the address in charts.lock")
    if is_tls_fault(error):
        return ApiError(
            f"{host}: its TLS certificate is not trusted",
            hint="set SSL_CERT_FILE to the authority that signed it; checks cannot be switched off",
        )
    if isinstance(error, httpx2.TransportError):
        return TransientApiError(f"{host} cannot be reached: {type(error).__name__}", hint=_OFFLINE_HINT)
    return ApiError(f"{host} cannot be reached: {type(error).__name__}", hint=_OFFLINE_HINT)


def is_tls_fault(error: BaseException) -> bool:
    """Whether a certificate that was refused is among an error's causes."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _refuse_downgrade(response: httpx2.Response) -> None:
    asked = response.request.url
    if not response.has_redirect_location or asked.scheme != "https":
        return
    if asked.join(response.headers["location"]).scheme == "http":
        raise ApiError(
            f"{asked} redirects from https to http, which is not followed",
            hint="correct the repository's address in charts.lock",
        )
