"""OpenStack through openstacksdk: its authentication, catalog and sessions; our errors, and retries where safe.

Only what openstacksdk is best at is used: the services are called with their own JSON, which is also what the
declarations of `hubwright.engine.providers.openstack` are written in. The package is imported on first use, since that
alone takes most of a second. keystoneauth's sessions are used by many threads in OpenStack's own services; what is not
safe is making a service's proxy, which is therefore guarded.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from hubwright.adapters.transient import (
    TRANSIENT_STATUSES,
    TransientApiError,
    call_again_when_transient,
    parse_retry_after,
)
from hubwright.core.errors import (
    ApiError,
    AuthenticationError,
    ConfigError,
    HubwrightError,
    QuotaError,
    ResourceError,
)

if TYPE_CHECKING:
    from openstack.connection import Connection

_TIMEOUT_S: Final = 60.0
_MESSAGE_LIMIT: Final = 300
_AUTHENTICATION_HINT: Final = "check OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_ID or OS_CLOUD"
_CONNECTION_HINT: Final = "check the network and OS_AUTH_URL; `hubwright sandbox status` tells whether the sandbox runs"


def connect_openstack(
    *,
    cloud: str | None = None,
    region: str | None = None,
    auth: Mapping[str, str] | None = None,
    verify: bool | str = True,
    interface: str | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Connection:
    """Return a connection; what is not given comes from OS_* or the clouds.yaml entry named by `cloud` or OS_CLOUD.

    `auth` holds keystoneauth's names (`auth_url`, `username`, `project_id`, `application_credential_id` …); `verify`
    is a CA file, or False to accept any certificate. Makes no call. Raises ConfigError or AuthenticationError when
    what it finds is not enough.
    """
    import openstack
    from keystoneauth1 import exceptions as keystone
    from openstack import exceptions

    options: dict[str, Any] = {"api_timeout": timeout_s, "app_name": "hubwright"}
    if region:
        options["region_name"] = region
    if interface:
        options["interface"] = interface
    if verify is False:
        options["verify"] = False
    elif isinstance(verify, str):
        options["cacert"] = verify
    if auth:
        options |= {"auth": dict(auth), **_auth_type(auth)}
    try:
        return openstack.connect(cloud=cloud, **options)
    except (keystone.MissingRequiredOptions, keystone.MissingAuthPlugin) as error:
        raise AuthenticationError("the OpenStack credentials are incomplete", hint=_AUTHENTICATION_HINT) from error
    except exceptions.ConfigException as error:
        raise ConfigError("the OpenStack configuration cannot be used", hint=_AUTHENTICATION_HINT) from error


def _auth_type(auth: Mapping[str, str]) -> dict[str, str]:
    if auth.get("application_credential_secret"):
        return {"auth_type": "v3applicationcredential"}
    return {"auth_type": "token"} if auth.get("token") else {}


class OpenStackApi:
    """Calls to the services of one cloud, from any thread; raises only errors of `hubwright.core.errors`."""

    def __init__(self, **connection: Any) -> None:
        """`connection` goes to `connect_openstack` on the first call."""
        self._options = connection
        self._lock = threading.Lock()
        self._connections: dict[str | None, Connection] = {}
        self._proxies: dict[tuple[str, str | None], Any] = {}

    @property
    def region(self) -> str:
        """The region that calls go to unless they name another; "" when the cloud has none."""
        return str(self._options.get("region") or os.environ.get("OS_REGION_NAME") or self._configured_region())

    def get(self, service: str, path: str, *, region: str | None = None, **query: str) -> Any:
        """GET `path` below the service's version root; raises ApiError with status 404 when it is not there."""
        url = f"{path}?{urlencode(query)}" if query else path
        return self.call("GET", service, url, region=region, idempotent=True)

    def find(self, service: str, path: str, *, region: str | None = None) -> Any:
        """GET `path`, None when it is not there."""
        try:
            return self.get(service, path, region=region)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def post(self, service: str, path: str, body: Mapping[str, Any], *, region: str | None = None) -> Any:
        """POST `body` once."""
        return self.call("POST", service, path, body, region=region, idempotent=False)

    def put(self, service: str, path: str, body: Mapping[str, Any], *, region: str | None = None) -> Any:
        """PUT `body`."""
        return self.call("PUT", service, path, body, region=region, idempotent=True)

    def delete(self, service: str, path: str, *, region: str | None = None) -> None:
        """DELETE; already gone is success."""
        try:
            self.call("DELETE", service, path, region=region, idempotent=True)
        except ApiError as error:
            if error.status != 404:
                raise

    def call(
        self, method: str, service: str, path: str, body: Any = None, *, region: str | None = None, idempotent: bool
    ) -> Any:
        """Make one call to `service` (``network``, ``load_balancer``) and return the decoded answer."""
        if not idempotent:
            return self._call_once(method, service, path, body, region)
        return call_again_when_transient(lambda: self._call_once(method, service, path, body, region))

    def _call_once(self, method: str, service: str, path: str, body: Any, region: str | None) -> Any:
        from keystoneauth1 import exceptions as keystone
        from openstack import exceptions

        where = f"{method} {service.replace('_', '-')} {path.partition('?')[0]}"
        try:
            proxy = self._proxy(service, region)
            # connect_retries=0: the SDK's own retry would also repeat a POST whose answer was lost.
            response = proxy.request(path, method, json=body, raise_exc=False, connect_retries=0)
        except (keystone.Unauthorized, keystone.Forbidden) as error:
            raise AuthenticationError(f"{where}: the credentials were refused", hint=_AUTHENTICATION_HINT) from error
        except (keystone.MissingRequiredOptions, keystone.AuthPluginException) as error:
            raise AuthenticationError(f"{where}: the credentials are incomplete", hint=_AUTHENTICATION_HINT) from error
        except (
            keystone.EndpointNotFound,
            keystone.EmptyCatalog,
            exceptions.ServiceDisabledException,
            exceptions.NotSupported,
        ) as error:
            raise ResourceError(
                f"{where}: the cloud's catalog has no such service in region {region or self.region!r}",
                hint="check OS_REGION_NAME and OS_AUTH_URL",
            ) from error
        except (keystone.ClientException, exceptions.SDKException) as error:
            raise TransientApiError(f"{where}: no answer ({type(error).__name__})", hint=_CONNECTION_HINT) from error
        if 200 <= response.status_code < 300:
            return response.json() if response.content else None
        raise self._error(where, response)

    def _proxy(self, service: str, region: str | None) -> Any:
        key = (service, region)
        with self._lock:
            if key not in self._proxies:
                self._proxies[key] = getattr(self._connection(region), service)
            return self._proxies[key]

    def _connection(self, region: str | None) -> Connection:
        if region not in self._connections:
            options = {**self._options, "region": region} if region else self._options
            self._connections[region] = connect_openstack(**options)
        return self._connections[region]

    def _configured_region(self) -> str:
        with self._lock:
            return str(self._connection(None).config.region_name or "")

    def _error(self, where: str, response: Any) -> HubwrightError:
        status = int(response.status_code)
        text = self._redact(_fault_text(response))[:_MESSAGE_LIMIT]
        message = f"{where}: HTTP {status}: {text}"
        if status in (403, 409, 413) and "quota" in text.lower():
            return QuotaError(message, hint="free some resources, or ask the cloud for a higher quota")
        if status in (401, 403):
            hint = "the user lacks a role for this" if status == 403 else _AUTHENTICATION_HINT
            return AuthenticationError(message, hint=hint)
        if status in TRANSIENT_STATUSES:
            after = parse_retry_after(response.headers.get("Retry-After"))
            hint = "the API is overloaded or restarting: run the command again"
            return TransientApiError(message, status=status, hint=hint, retry_after_s=after)
        return ApiError(message, status=status)

    def _redact(self, text: str) -> str:
        auth = self._options.get("auth") or {}
        names = ("password", "token", "application_credential_secret")
        secrets = [auth.get(name) or os.environ.get(f"OS_{name.upper()}") for name in names]
        for secret in filter(None, secrets):
            text = text.replace(secret, "[secret]")
        return text


def _fault_text(response: Any) -> str:
    """The sentence inside an OpenStack fault, in the three shapes that the services use; never a raw body."""
    try:
        body = response.json()
    except ValueError:
        return "no message"
    if not isinstance(body, dict):
        return "no message"
    if "faultstring" in body:
        return str(body["faultstring"])
    fault = body.get("NeutronError") or body.get("error") or body
    return str(fault.get("message") or "no message") if isinstance(fault, dict) else str(fault)
