"""A Harbor's v2.0 API over HTTPS: basic authentication, our errors, retries where a call may be made twice.

Source: https://github.com/goharbor/harbor/blob/main/api/v2.0/swagger.yaml
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from hubwright.adapters.transient import (
    TRANSIENT_STATUSES,
    TransientApiError,
    call_again_when_transient,
    parse_retry_after,
)
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError, DeadlineError, HubwrightError, QuotaError

_API: Final = "/api/v2.0"
_TIMEOUT_S: Final = 30.0
_PAGE_SIZE: Final = 100
_MESSAGE_LIMIT: Final = 300
_POLL_S: Final = 2.0
_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Created:
    """What a POST has made: its number, from the Location header, and the answer's body (None when empty)."""

    id: str
    body: Any


class HarborClient:
    """Talks to one Harbor. Raises errors of `hubwright.core.errors` only; no message holds the password."""

    def __init__(self, url: str, username: str, password: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        host = urlsplit(url)
        if host.scheme != "https" and host.hostname not in _LOOPBACK_HOSTS:
            raise ConfigError(
                f"{url}: a registry's password is sent over https only", hint="use the registry's https:// address"
            )
        self._password = password
        self._client = httpx2.Client(
            base_url=f"{url.rstrip('/')}{_API}",
            auth=(username, password),
            timeout=timeout_s,
            trust_env=host.hostname not in _LOOPBACK_HOSTS,
        )

    def __enter__(self) -> HarborClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **query: str) -> Any:
        """Return an object; None when there is none, or when the answer is empty (a schedule that was never set)."""
        answer = self._call_repeatedly("GET", path, query=query, missing_ok=True)
        return answer.json() if answer.status_code == 200 and answer.content else None

    def items(self, path: str, **query: str) -> Iterator[Any]:
        """Return every object of a list, page by page until one is empty."""
        number = 1
        while page := self.get(path, **query, page=str(number), page_size=str(_PAGE_SIZE)):
            yield from page
            number += 1

    def post(self, path: str, body: Mapping[str, Any]) -> Created:
        """Create an object. Never repeated: a lost answer is for the caller to look after."""
        answer = self._call("POST", path, body=body)
        location = answer.headers.get("location", "")
        return Created(location.rpartition("/")[2], answer.json() if answer.content else None)

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Replace an object."""
        self._call_repeatedly("PUT", path, body=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change an object and return the answer."""
        return self._call("PATCH", path, body=body).json()

    def delete(self, path: str) -> None:
        """Remove an object; already gone is success."""
        self._call_repeatedly("DELETE", path, missing_ok=True)

    def health(self) -> str:
        """Return Harbor's own word on its health, else what stands in the way, such as ``HTTP 404``."""
        try:
            answer = self._client.get("/health")
        except httpx2.HTTPError as error:
            return f"no answer ({type(error).__name__})"
        if answer.status_code != 200:
            return f"HTTP {answer.status_code}"
        try:
            return str(answer.json()["status"])
        except (ValueError, KeyError, TypeError):
            return "no health report"

    def wait_until_healthy(self, timeout_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """Return when Harbor is healthy. Raises DeadlineError: a registry is READY before its Harbor answers."""
        deadline = time.monotonic() + timeout_s
        while (health := self.health()) != "healthy":
            if time.monotonic() >= deadline:
                raise DeadlineError(
                    f"{self._client.base_url.host}: Harbor was not healthy within {timeout_s:.0f} s: {health}",
                    hint="run the command again: it goes on from here",
                )
            sleep(min(_POLL_S, max(0.05, deadline - time.monotonic())))

    def _call_repeatedly(self, method: str, path: str, **content: Any) -> httpx2.Response:
        return call_again_when_transient(lambda: self._call(method, path, **content))

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        missing_ok: bool = False,
    ) -> httpx2.Response:
        where = f"{method} {path} of Harbor {self._client.base_url.host}"
        try:
            answer = self._client.request(method, path, json=body, params=query)
        except httpx2.HTTPError as error:
            raise TransientApiError(
                f"{where}: no answer ({type(error).__name__})", hint="check the network and the registry's address"
            ) from error
        if answer.is_success or (missing_ok and answer.status_code == 404):
            return answer
        raise self._error(where, answer)

    def _error(self, where: str, answer: httpx2.Response) -> HubwrightError:
        status, text = answer.status_code, self._fault_text(answer)
        message = f"{where}: HTTP {status}: {text}"
        if status == 401:
            return AuthenticationError(message, hint="the registry's user or password is wrong")
        if status == 403 and "quota" in text:
            return QuotaError(message, hint="raise the project's quota or delete images")
        if status == 403:
            return AuthenticationError(message, hint="the registry's user needs to be an administrator of Harbor")
        if status in TRANSIENT_STATUSES:
            after = parse_retry_after(answer.headers.get("Retry-After"))
            return TransientApiError(message, status=status, hint="run the command again", retry_after_s=after)
        return ApiError(message, status=status)

    def _fault_text(self, answer: httpx2.Response) -> str:
        """The sentence inside Harbor's error, never a raw body."""
        try:
            text = str(answer.json()["errors"][0]["message"])
        except (ValueError, KeyError, IndexError, TypeError):
            return "no message"
        return text.replace(self._password, "[secret]")[:_MESSAGE_LIMIT]
