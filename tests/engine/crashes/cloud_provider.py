"""The provider and the resources of the small cloud, over HTTP; it finds by name what an interrupted create made."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Collection
from typing import Any

import pulumi

from hubwright.core.errors import ApiError
from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.base import CheckResult, DiffResult, ResourceState
from tests.engine.crashes.cloud_server import UNIQUELY_NAMED

FORCE_NEW = frozenset(
    {"network", "subnet", "cluster", "pool", "inside", "registry", "flavor", "cidr", "region", "zone"}
)


class Thing(pulumi.CustomResource):
    """Any resource of the small cloud; `kind` chooses its type."""

    password: pulumi.Output[str]

    def __init__(self, kind, logical_name, opts=None, **inputs):
        super().__init__(f"cloud:index:{kind}", logical_name, {**inputs, "password": None, "label": logical_name}, opts)


class CloudProvider(pulumi.ProviderResource):
    """An explicit provider."""

    def __init__(self, name, opts=None, **inputs):
        super().__init__("cloud", name, inputs, opts)


class CloudClient:
    """JSON calls to the cloud, one connection a thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._threads = threading.local()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Length": str(len(data or b""))})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 400:
            raise ApiError(f"{method} {path}: {answer}", status=response.status)
        return answer


class CloudHttpProvider:
    """Named as the real ones are: a name of its own for each object unless the program gives one."""

    def __init__(self, client: CloudClient) -> None:
        self.client = client

    def check(self, token, olds, news, name, context):
        inputs = {key: value for key, value in news.items() if value is not None}
        if "name" not in inputs:
            inputs["name"] = (olds or {}).get("name") or f"{name}-{secrets.token_hex(4)}"
        return CheckResult(inputs)

    def diff(self, token, id, old_inputs, old_outputs, new_inputs, context):
        changed = sorted(key for key in {*old_inputs, *new_inputs} if old_inputs.get(key) != new_inputs.get(key))
        replace = [key for key in changed if key in FORCE_NEW]
        same_name = old_inputs["name"] == new_inputs["name"] and not new_inputs["name"].startswith(new_inputs["label"])
        return DiffResult(changed, replace, bool(replace) and same_name and _kind(token) in UNIQUELY_NAMED)

    def create(self, token, inputs, context):
        assert UNKNOWN not in inputs.values()
        return _state(self.client.call("POST", "/things", {**inputs, "kind": _kind(token)}))

    def recover(self, token, inputs, known_ids: Collection[str], context):
        found = self.client.call("GET", f"/things?kind={_kind(token)}&name={inputs['name']}")
        fresh = [thing for thing in found if thing["id"] not in known_ids]
        return _state(fresh[0]) if len(fresh) == 1 else None

    def read(self, token, id, inputs, outputs, context):
        try:
            live = self.client.call("GET", f"/things/{id}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return ResourceState(id, _state(live).outputs, inputs)

    def update(self, token, id, old_inputs, old_outputs, new_inputs, context):
        return _state(self.client.call("PUT", f"/things/{id}", new_inputs))

    def delete(self, token, id, inputs, outputs, context):
        try:
            self.client.call("DELETE", f"/things/{id}")
        except ApiError as error:
            if error.status != 404:
                raise

    def invoke(self, token, arguments, context):
        return {}

    def secret_outputs(self, token):
        return frozenset({"password"})

    def supports(self, token):
        return token.startswith("cloud:index:")

    def types(self):
        return ()


def _kind(token: str) -> str:
    return token.rpartition(":")[2]


def _state(thing: dict[str, Any]) -> ResourceState:
    return ResourceState(thing["id"], {key: value for key, value in thing.items() if key not in ("id", "kind")})
