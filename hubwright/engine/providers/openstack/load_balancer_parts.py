"""Listeners, pools, members and health monitors of Octavia load balancers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.base import CheckFailure
from hubwright.engine.providers.declared.fields import boolean, integer, items, mapping, record, text
from hubwright.engine.providers.declared.resource import Change
from hubwright.engine.providers.openstack.load_balancer import OctaviaResource
from hubwright.engine.providers.openstack.rest import REGION, TENANT


class _Part(OctaviaResource):
    """Something inside a load balancer, found through the objects between the two."""

    def _first(self, path: str, item: str, above: str, properties: PropertyMap) -> str | None:
        """Return the id of the first of the objects that `item` at `path` belongs to."""
        answer = self.api.find(self.service, path, region=properties.get("region"))
        owners = answer[item].get(above) if answer else None
        return str(owners[0]["id"]) if owners else None

    def _above_pool(self, pool: str, properties: PropertyMap) -> str | None:
        return self._first(f"/lbaas/pools/{pool}", "pool", "loadbalancers", properties)


class Listener(_Part):
    """`openstack:loadbalancer/listener:Listener`."""

    type_name = "openstack:loadbalancer/listener:Listener"
    path, item = "lbaas/listeners", "listener"
    fields = {
        "loadbalancerId": text(required=True, force_new=True),
        "protocol": text(required=True, force_new=True),
        "protocolPort": integer(required=True, force_new=True),
        "name": text(autoname=True, computed=True),
        "description": text(),
        "adminStateUp": boolean(default=True),
        "allowedCidrs": items(unordered=True),
        "alpnProtocols": items(computed=True, unordered=True),
        "clientAuthentication": text(),
        "clientCaTlsContainerRef": text(),
        "clientCrlContainerRef": text(),
        "connectionLimit": integer(computed=True),
        "defaultPoolId": text(computed=True),
        "defaultTlsContainerRef": text(),
        "hstsIncludeSubdomains": boolean(),
        "hstsMaxAge": integer(),
        "hstsPreload": boolean(),
        "insertHeaders": mapping(),
        "sniContainerRefs": items(),
        "tags": items(unordered=True),
        "timeoutClientData": integer(computed=True),
        "timeoutMemberConnect": integer(computed=True),
        "timeoutMemberData": integer(computed=True),
        "timeoutTcpInspect": integer(computed=True),
        "tlsCiphers": text(computed=True),
        "tlsVersions": items(computed=True, unordered=True),
        "region": REGION,
        "tenantId": TENANT,
    }

    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """Listeners name their load balancer."""
        return str(properties["loadbalancerId"])

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Headers are text in the state, whatever the API makes of them."""
        result = {"alpnProtocols": [], "tlsVersions": [], **super().outputs(live, inputs, outputs)}
        above = live.get("loadbalancers") or ()
        if above:
            result["loadbalancerId"] = above[0]["id"]
        headers = live.get("insert_headers") or {}
        return {**result, "insertHeaders": {key: str(value) for key, value in headers.items()}}


class Pool(_Part):
    """`openstack:loadbalancer/pool:Pool`; it hangs on a listener or straight on a load balancer."""

    type_name = "openstack:loadbalancer/pool:Pool"
    path, item = "lbaas/pools", "pool"
    fields = {
        "protocol": text(required=True, force_new=True),
        "lbMethod": text(required=True, attribute="lb_algorithm"),
        "listenerId": text(force_new=True),
        "loadbalancerId": text(force_new=True),
        "name": text(autoname=True, computed=True),
        "description": text(),
        "adminStateUp": boolean(default=True),
        "alpnProtocols": items(computed=True, unordered=True),
        "caTlsContainerRef": text(),
        "crlContainerRef": text(),
        "persistence": record(attribute=""),
        "tags": items(unordered=True),
        "tlsCiphers": text(computed=True),
        "tlsContainerRef": text(),
        "tlsEnabled": boolean(),
        "tlsVersions": items(computed=True, unordered=True),
        "region": REGION,
        "tenantId": TENANT,
    }

    def problems(self, inputs: PropertyMap) -> Iterable[CheckFailure]:
        """Exactly one place to hang on."""
        if ("listenerId" in inputs) is ("loadbalancerId" in inputs):
            yield CheckFailure("loadbalancerId", "give exactly one of loadbalancerId and listenerId")

    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """Named, or that of the listener."""
        if properties.get("loadbalancerId"):
            return str(properties["loadbalancerId"])
        return self._first(f"/lbaas/listeners/{properties['listenerId']}", "listener", "loadbalancers", properties)

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """Persistence is null when there is none."""
        body = super().body(values)
        if "persistence" in values:
            names = (("type", "type"), ("cookieName", "cookie_name"))
            wanted = values["persistence"] or {}
            body["session_persistence"] = {name: wanted[key] for key, name in names if key in wanted} or None
        return body

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Where it hangs is what the program said: the API tells both ways at once."""
        result = {"alpnProtocols": [], "tlsVersions": [], **super().outputs(live, inputs, outputs)}
        known = {**inputs, **outputs}
        result |= {key: known[key] for key in ("listenerId", "loadbalancerId") if key in known}
        result.pop("persistence", None)
        if persistence := live.get("session_persistence"):
            cookie = persistence.get("cookie_name") or ""
            result["persistence"] = {"type": persistence["type"], "cookieName": cookie}
        return result


class Member(_Part):
    """`openstack:loadbalancer/member:Member`, at a path below its pool."""

    type_name = "openstack:loadbalancer/member:Member"
    path, item = "lbaas/pools", "member"
    identity = ("address", "protocolPort")
    fields = {
        "poolId": text(required=True, force_new=True, attribute=""),
        "address": text(required=True, force_new=True),
        "protocolPort": integer(required=True, force_new=True),
        "subnetId": text(force_new=True),
        "name": text(autoname=True, computed=True),
        "adminStateUp": boolean(default=True),
        "backup": boolean(),
        "monitorAddress": text(),
        "monitorPort": integer(),
        "tags": items(unordered=True),
        "weight": integer(computed=True),
        "region": REGION,
        "tenantId": TENANT,
    }

    def collection_path(self, properties: PropertyMap) -> str:
        """Members live in their pool."""
        return f"/lbaas/pools/{properties['poolId']}/members"

    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """That of the pool."""
        return self._above_pool(str(properties["poolId"]), properties)


class Monitor(_Part):
    """`openstack:loadbalancer/monitor:Monitor`."""

    type_name = "openstack:loadbalancer/monitor:Monitor"
    path, item = "lbaas/healthmonitors", "healthmonitor"
    fields = {
        "poolId": text(required=True, force_new=True),
        "type": text(required=True, force_new=True),
        "delay": integer(required=True),
        "timeout": integer(required=True),
        "maxRetries": integer(required=True),
        "maxRetriesDown": integer(computed=True),
        "name": text(autoname=True, computed=True),
        "adminStateUp": boolean(default=True),
        "domainName": text(),
        "expectedCodes": text(computed=True),
        "httpMethod": text(computed=True),
        "httpVersion": text(),
        "urlPath": text(computed=True),
        "region": REGION,
        "tenantId": TENANT,
    }

    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """That of the pool."""
        return self._above_pool(str(properties["poolId"]), properties)

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """The HTTP version is a number in the API, text in the program."""
        body = super().body(values)
        if body.get("http_version"):
            body["http_version"] = float(body["http_version"])
        return body

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Back again; the pool is the one above."""
        result = super().outputs(live, inputs, outputs)
        if "httpVersion" in result:
            result["httpVersion"] = str(result["httpVersion"])
        above = live.get("pools") or ()
        return {**result, "poolId": above[0]["id"] if above else inputs.get("poolId")}

    def changes(self, change: Change) -> dict[str, Any]:
        """Emptied text would be refused: an attribute that the user took away keeps its value."""
        return {name: value for name, value in super().changes(change).items() if value != ""}
