"""The OVHcloud API through OVH's own client: URL endpoints, our errors, retries where they are safe.

The `ovh` client keeps one `requests` session, which is not promised to be safe across threads, so `OvhApi` gives each
thread a client of its own. The `ovh` package is imported on first use: it costs start-up time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from hubwright.adapters.transient import (
    TRANSIENT_STATUSES,
    TransientApiError,
    call_again_when_transient,
    parse_retry_after,
)
from hubwright.core.errors import ApiError, AuthenticationError, ConfigError, HubwrightError, QuotaError

if TYPE_CHECKING:
    import ovh

DEFAULT_ENDPOINT: Final = "ovh-eu"
_TIMEOUTS_S: Final = (10.0, 60.0)
"""To connect and to read."""
_MESSAGE_LIMIT: Final = 300
_SECRET_NAMES: Final = ("application_secret", "consumer_key", "client_secret")

# https://github.com/ovh/python-ovh#application-key-application-secret: the names that every OVH client reads.
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "endpoint": "OVH_ENDPOINT",
    "application_key": "OVH_APPLICATION_KEY",
    "application_secret": "OVH_APPLICATION_SECRET",
    "consumer_key": "OVH_CONSUMER_KEY",
    "client_id": "OVH_CLIENT_ID",
    "client_secret": "OVH_CLIENT_SECRET",
    "access_token": "OVH_ACCESS_TOKEN",
}

_AUTHENTICATION_HINTS: Final[Mapping[str, str]] = {
    "INVALID_KEY": "check OVH_APPLICATION_KEY, and that it belongs to the endpoint in OVH_ENDPOINT",
    "INVALID_CREDENTIAL": "the consumer key is wrong, expired or not yet validated: check OVH_CONSUMER_KEY",
    "NOT_CREDENTIAL": "the consumer key does not exist at this endpoint: check OVH_CONSUMER_KEY and OVH_ENDPOINT",
    "NOT_GRANTED_CALL": "the consumer key lacks the right for this call: ask for one with the missing rule",
    "FORBIDDEN": "this account may not do this",
    "INVALID_SIGNATURE": "check OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY",
    "QUERY_TIME_OUT": "this machine's clock is wrong: set it and try again",
}


def connect_ovh(
    endpoint: str | None = None,
    *,
    application_key: str | None = None,
    application_secret: str | None = None,
    consumer_key: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    access_token: str | None = None,
    timeouts_s: tuple[float, float] = _TIMEOUTS_S,
) -> ovh.Client:
    """Return a client for `endpoint`, a name such as ``ovh-eu`` or a URL; what is None comes from OVH_* or ovh.conf.

    Raises ConfigError for an unknown endpoint or two authentication methods at once, AuthenticationError when there
    are no credentials. Makes no call.
    """
    import ovh
    from ovh import exceptions

    given = {
        "endpoint": endpoint,
        "application_key": application_key,
        "application_secret": application_secret,
        "consumer_key": consumer_key,
        "client_id": client_id,
        "client_secret": client_secret,
        "access_token": access_token,
    }
    settings = {key: value or os.environ.get(_ENVIRONMENT[key]) or None for key, value in given.items()}
    _refuse_two_methods(settings)
    settings.pop("access_token")
    name = _register_endpoint(settings.pop("endpoint"))
    try:
        return ovh.Client(endpoint=name, timeout=timeouts_s, **settings)
    except exceptions.InvalidRegion as error:
        raise ConfigError(
            f"no OVH endpoint is called {name!r}",
            hint="set OVH_ENDPOINT to ovh-eu, ovh-ca, ovh-us or a URL that ends in /1.0",
        ) from error
    except exceptions.InvalidConfiguration as error:
        raise AuthenticationError(
            "the OVH credentials are missing or incomplete",
            hint="set OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY, or OVH_CLIENT_ID and "
            "OVH_CLIENT_SECRET",
        ) from error


def _register_endpoint(endpoint: str | None) -> str | None:
    """Make the client know a URL endpoint, which it only looks up by name; return the name to ask for.

    None stands for what ovh.conf says, and when that says nothing the European API, as in OVH's other clients.
    """
    from ovh import client, config

    if endpoint is None:
        configured = config.ConfigurationManager().get("default", "endpoint")
        endpoint = str(configured) if configured else DEFAULT_ENDPOINT
    if "/" in endpoint:
        endpoint = endpoint.rstrip("/")
        client.ENDPOINTS[endpoint] = endpoint
    return endpoint


def _refuse_two_methods(settings: Mapping[str, str | None]) -> None:
    methods = {
        "application key": settings["application_key"] or settings["application_secret"],
        "OAuth2 client": settings["client_id"] or settings["client_secret"],
        "access token": settings["access_token"],
    }
    chosen = [name for name, value in methods.items() if value]
    if len(chosen) > 1:
        raise ConfigError(
            f"more than one OVH authentication method is configured: {' and '.join(chosen)}",
            hint="keep one; stray OVH_* environment variables count too",
        )
    if chosen == ["access token"]:
        raise ConfigError(
            "OVH's Python client cannot use an access token (OVH_ACCESS_TOKEN)",
            hint="use an application key, or deploy with the Pulumi CLI",
        )


class OvhApi:
    """Signed calls to the API, from any thread; raises only errors of `hubwright.core.errors`."""

    def __init__(self, **connection: Any) -> None:
        """`connection` goes to `connect_ovh` on the first call of each thread."""
        self._connection = connection
        self._threads = threading.local()

    def get(self, path: str, **query: str) -> Any:
        """GET `path`, below ``/1.0``; raises ApiError with status 404 when it is not there."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path, idempotent=True)

    def find(self, path: str, **query: str) -> Any:
        """GET `path`, None when it is not there."""
        try:
            return self.get(path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, idempotent: bool = False) -> Any:
        """POST once; `idempotent` for those that only read or may be repeated, such as fetching a kubeconfig."""
        return self.call("POST", path, body, idempotent=idempotent)

    def put(self, path: str, body: Any) -> Any:
        """PUT `body`."""
        return self.call("PUT", path, body, idempotent=True)

    def delete(self, path: str) -> Any:
        """DELETE; None when it was gone already."""
        try:
            return self.call("DELETE", path, idempotent=True)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def call(self, method: str, path: str, body: Any = None, *, idempotent: bool) -> Any:
        """Make one signed call and return the decoded answer; see the class for what it raises."""
        if not idempotent:
            return self._call_once(method, path, body)
        return call_again_when_transient(lambda: self._call_once(method, path, body))

    def _call_once(self, method: str, path: str, body: Any) -> Any:
        client = self._client()
        response = self._send(method, path, lambda: client.raw_call(method, path, body))
        answer = _decode(response)
        if 200 <= response.status_code < 300:
            return answer
        raise self._error(method, path, response, answer if isinstance(answer, dict) else {})

    def _send(self, method: str, path: str, send: Callable[[], Any]) -> Any:
        """Return what `send` does, with the client's exceptions turned into ours."""
        from ovh import exceptions
        from requests.exceptions import RequestException

        try:
            return send()
        except (RequestException, exceptions.HTTPError, exceptions.NetworkError) as error:
            raise TransientApiError(
                f"{method} {_route(path)}: the OVH API did not answer ({type(error).__name__})",
                hint="check the network and OVH_ENDPOINT; `hubwright sandbox status` tells whether the sandbox runs",
            ) from error
        except exceptions.APIError as error:
            raise self._error(method, path, getattr(error, "response", None), {"message": str(error)}) from error

    def _client(self) -> ovh.Client:
        client = getattr(self._threads, "client", None)
        if client is None:
            client = connect_ovh(**self._connection)
            # Signatures need the API's clock, which the client would look up inside the first call, even a POST that
            # must not be sent twice; this look-up may be repeated.
            call_again_when_transient(lambda: self._send("GET", "/auth/time", lambda: client.time_delta))
            self._threads.client = client
        return client

    def _error(self, method: str, path: str, response: Any, body: Mapping[str, Any]) -> HubwrightError:
        status = None if response is None else int(response.status_code)
        code = str(body.get("errorCode") or body.get("class") or "")
        text = self._redact(str(body.get("message") or "no message"))[:_MESSAGE_LIMIT]
        message = f"{method} {_route(path)}: {f'HTTP {status}' if status else 'no answer'} {code}: {text}"
        if code in _AUTHENTICATION_HINTS or status == 401:
            return AuthenticationError(message, hint=_AUTHENTICATION_HINTS.get(code, "check the OVH_* credentials"))
        if "quota" in text.lower() or "quota" in code.lower():
            return QuotaError(message, hint="free some resources, or ask OVHcloud for a higher quota")
        if status in TRANSIENT_STATUSES or status is None:
            after = None if response is None else parse_retry_after(response.headers.get("Retry-After"))
            hint = "the API is overloaded or restarting: run the command again"
            return TransientApiError(message, status=status, hint=hint, retry_after_s=after)
        return ApiError(message, status=status)

    def _redact(self, text: str) -> str:
        for name in _SECRET_NAMES:
            secret = self._connection.get(name) or os.environ.get(_ENVIRONMENT[name])
            if secret:
                text = text.replace(secret, "[secret]")
        return text


def path_of(*parts: str | int) -> str:
    """Join path segments, each one quoted: an id never reaches another route."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def _route(path: str) -> str:
    return path.partition("?")[0]


def _decode(response: Any) -> Any:
    """Return the JSON of an answer; a void or foreign body is None: errors never quote what they cannot parse."""
    try:
        return response.json()
    except ValueError:
        return None
