"""Octavia load balancers.

Also what all of Octavia's types share: the load balancer above them, which takes one change at a time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import boolean, items, text
from hubwright.engine.providers.declared.resource import Change, Created, Timeouts, wanted_values
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.openstack.rest import REGION, TENANT, OpenStackResource

_PENDING: Final = frozenset({"PENDING_CREATE", "PENDING_UPDATE", "PENDING_DELETE"})
_ACTIVE: Final = frozenset({"ACTIVE"})
_IMMUTABLE: Final = "immutable"
_ERROR_HINT: Final = "look at it with `openstack loadbalancer show`; `openstack loadbalancer failover` may repair it"

_Answer = TypeVar("_Answer")


class OctaviaResource(OpenStackResource):
    """An object of the load balancing service."""

    service = "load_balancer"

    @abstractmethod
    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """The id of the load balancer above the object, None when that is gone."""

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """POST the object when its load balancer takes a change."""
        return Created(self.when_free(inputs, wait, lambda: self.post(inputs, self.body(inputs), wait)))

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until the load balancer has taken it in."""
        del id
        self.wait_until_free(inputs, wait)

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """PUT what may change when the load balancer takes a change, and wait for it."""
        new = change.new_inputs
        properties = {**change.old_outputs, **new}
        self.when_free(properties, wait, lambda: self.put(id, properties, self.changes(change)))
        self.wait_until_free(properties, wait)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """DELETE the object when its load balancer takes a change, and wait until both are done."""
        if self.load_balancer_id(properties) is None or self.find(id, properties) is None:
            return
        path, region = self.object_path(id, properties), properties.get("region")
        self.when_free(properties, wait, lambda: self.api.delete(self.service, path, region=region))
        wait.until_gone(lambda: (self.find(id, properties) or {}).get("provisioning_status"))
        if self.load_balancer_id(properties) is not None:
            self.wait_until_free(properties, wait)

    def changes(self, change: Change) -> dict[str, Any]:
        """Attributes to PUT."""
        return self.body(wanted_values(self.fields, change))

    def find(self, id: str, properties: PropertyMap) -> dict[str, Any] | None:
        """GET the object; Octavia still shows for a while what it has deleted."""
        live = super().find(id, properties)
        return None if live is None or live.get("provisioning_status") == "DELETED" else live

    def when_free(self, properties: PropertyMap, wait: Waiter, act: Callable[[], _Answer]) -> _Answer:
        """Call `act` once the load balancer is ACTIVE, again when another change slipped in between.

        The API refuses that with 409 "immutable" before it does anything, so a POST is safe to send again then.
        """
        answers: list[_Answer] = []

        def attempt() -> str | None:
            self.wait_until_free(properties, wait)
            try:
                answers.append(act())
            except ApiError as error:
                if error.status != 409 or _IMMUTABLE not in error.message:
                    raise
                return "PENDING_UPDATE"
            return None

        wait.poll(attempt)
        return answers[0]

    def wait_until_free(self, properties: PropertyMap, wait: Waiter) -> None:
        """Wait until the load balancer above is ACTIVE."""
        above = self.load_balancer_id(properties)
        if above is None:
            raise ResourceError(f"{wait.subject}: its load balancer is gone")
        status = lambda: provisioning_status(self, above, properties.get("region"))  # noqa: E731
        wait.for_status(status, target=_ACTIVE, pending=_PENDING, hint=_ERROR_HINT)


def provisioning_status(resource: OctaviaResource, load_balancer: str, region: str | None) -> str:
    """Return a load balancer's provisioning status; "GONE" when there is none."""
    answer = resource.api.find(resource.service, f"/lbaas/loadbalancers/{load_balancer}", region=region)
    return "GONE" if answer is None else str(answer["loadbalancer"]["provisioning_status"])


class LoadBalancer(OctaviaResource):
    """`openstack:loadbalancer/loadBalancer:LoadBalancer`."""

    type_name = "openstack:loadbalancer/loadBalancer:LoadBalancer"
    path, item = "lbaas/loadbalancers", "loadbalancer"
    timeouts = Timeouts(delete_s=300)
    fields = {
        "name": text(autoname=True, computed=True),
        "description": text(),
        "adminStateUp": boolean(default=True),
        "availabilityZone": text(force_new=True),
        "flavorId": text(computed=True, force_new=True),
        "loadbalancerProvider": text(computed=True, force_new=True, attribute="provider"),
        "securityGroupIds": items(computed=True, unordered=True, attribute=""),
        "vipAddress": text(computed=True, force_new=True),
        "vipNetworkId": text(computed=True, force_new=True),
        "vipPortId": text(computed=True, force_new=True),
        "vipSubnetId": text(computed=True, force_new=True),
        "vipQosPolicyId": text(),
        "tags": items(unordered=True),
        "region": REGION,
        "tenantId": TENANT,
    }

    def load_balancer_id(self, properties: PropertyMap) -> str | None:
        """Nothing is above it; see `change` and `remove`."""
        return str(properties["id"])

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """POST it."""
        return Created(self.post(inputs, self.body(inputs), wait))

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until it is ACTIVE, then set the groups of its port, which is Neutron's."""
        self.wait_until_free({**inputs, "id": id}, wait)
        if "securityGroupIds" in inputs:
            self._set_security_groups(id, inputs)

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """PUT what may change, and the groups."""
        new = {**change.new_inputs, "id": id}
        self.when_free(new, wait, lambda: self.put(id, new, self.changes(change)))
        self.finish(id, change.new_inputs, wait)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """DELETE it with whatever a cloud controller may have left in it; one in ERROR may be deleted too."""
        path, region = f"{self.object_path(id, properties)}?cascade=true", properties.get("region")

        def remaining() -> str | None:
            live = self.find(id, properties)
            if live is None:
                return None
            status = str(live["provisioning_status"])
            if status not in _PENDING:
                self._delete_unless_immutable(path, region)
            return status

        wait.until_gone(remaining)

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Add the security groups of the VIP's port."""
        result = super().outputs(live, inputs, outputs)
        port = self._port(live, result["region"]) or {}
        return {**result, "securityGroupIds": sorted(port.get("security_groups") or ())}

    def _delete_unless_immutable(self, path: str, region: str | None) -> None:
        try:
            self.api.delete(self.service, path, region=region)
        except ApiError as error:
            if error.status != 409:
                raise

    def _port(self, live: Mapping[str, Any], region: str | None) -> dict[str, Any] | None:
        port = live.get("vip_port_id")
        answer = self.api.find("network", f"/ports/{port}", region=region) if port else None
        return None if answer is None else dict(answer["port"])

    def _set_security_groups(self, id: str, inputs: PropertyMap) -> None:
        live, region = self.find(id, inputs) or {}, inputs.get("region")
        body = {"port": {"security_groups": inputs["securityGroupIds"]}}
        self.api.put("network", f"/ports/{live.get('vip_port_id')}", body, region=region)
