"""Private networks of the vRack and their subnets, by the first version of OVH's network API."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from hubwright.core.errors import ApiError, UnsupportedError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import boolean, integer, items, mapping, text
from hubwright.engine.providers.declared.resource import Change, Created, Timeouts
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.project import (
    OvhResource,
    present,
    project_path,
    refuse_empty,
    require,
    service_name,
)

_BUILDING: Final = frozenset({"BUILDING", "UNKNOWN"})
_ACTIVE: Final = frozenset({"ACTIVE"})
_ALREADY_THERE: Final = "already activated"


class NetworkPrivate(OvhResource):
    """A network known to the vRack as ``pn-…`` and to each region's OpenStack under a UUID of its own.

    The API has no call that renames it: a new name is refused, where the official plugin would plan it for ever.
    """

    type_name = "ovh:CloudProject/networkPrivate:NetworkPrivate"
    fields = {
        "serviceName": service_name(),
        "name": text(autoname=True, computed=True),
        "vlanId": integer(force_new=True, default=0),
        "regions": items(computed=True, unordered=True),
        "regionsAttributes": items(output_only=True),
        "regionsOpenstackIds": mapping(output_only=True),
        "regionsStatuses": items(output_only=True),
        "status": text(output_only=True),
        "type": text(output_only=True),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Order the network."""
        body = present(inputs, ("serviceName", "name", "vlanId", "regions"))
        answer = self.api.post(project_path(inputs, "network", "private"), body)
        return Created(str(refuse_empty(answer, wait.subject)["id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the network by its name and VLAN."""
        wanted = (inputs.get("name"), inputs.get("vlanId", 0))
        networks = self.api.get(project_path(inputs, "network", "private"))
        found = (str(live["id"]) for live in networks if (live["name"], live["vlanId"]) == wanted)
        return next((candidate for candidate in found if candidate not in known_ids), None)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until it is active in every region, each with its OpenStack id."""
        path = project_path(inputs, "network", "private", id)
        wait.for_status(lambda: self._overall_status(path), target=_ACTIVE, pending=_BUILDING)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the network in all its regions."""
        properties = {**inputs, **outputs}
        live = self.find(project_path(properties, "network", "private", id))
        if live is None:
            return None
        regions = sorted(live.get("regions") or (), key=lambda region: str(region["region"]))
        return {
            **present(live, ("name", "status", "type", "vlanId")),
            "serviceName": properties["serviceName"],
            "regions": [region["region"] for region in regions],
            "regionsAttributes": [_region_attributes(region) for region in regions],
            "regionsOpenstackIds": {region["region"]: region.get("openstackId") or "" for region in regions},
            "regionsStatuses": [present(region, ("region", "status")) for region in regions],
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Open it in regions that are new and close it in those that are not asked for any more."""
        new, path = change.new_inputs, project_path(change.new_inputs, "network", "private", id)
        live = self.read(id, new, change.old_outputs) or {}
        if "name" in new and new["name"] != live.get("name"):
            raise UnsupportedError(
                f"{wait.subject} cannot be renamed from {live.get('name')!r} to {new['name']!r}",
                hint="put the old name back: clusters look their network up by name",
            )
        wanted, there = set(new.get("regions") or live.get("regions") or ()), live.get("regionsOpenstackIds") or {}
        for region in sorted(wanted - set(there)):
            self._open_in(path, region)
        for region in sorted(set(there) - wanted):
            self.api.delete(project_path(new, "region", region, "network", there[region]))
        self.finish(id, new, wait)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the network in every region."""
        self.delete_and_wait(project_path(properties, "network", "private", id), wait)

    def _open_in(self, path: str, region: str) -> None:
        try:
            self.api.post(f"{path}/region", {"region": region})
        except ApiError as error:
            if _ALREADY_THERE not in error.message:
                raise

    def _overall_status(self, path: str) -> str:
        live = self.api.find(path)
        if live is None:
            return "UNKNOWN"
        regions = live.get("regions") or ()
        ready = all(region.get("status") == "ACTIVE" and region.get("openstackId") for region in regions)
        return str(live["status"]) if ready else "BUILDING"


class NetworkPrivateSubnet(OvhResource):
    """A subnet in one region; its id is the OpenStack subnet's UUID. Nothing of it can be changed."""

    type_name = "ovh:CloudProject/networkPrivateSubnet:NetworkPrivateSubnet"
    timeouts = Timeouts(delete_s=600)
    fields = {
        "serviceName": service_name(),
        "networkId": text(required=True, force_new=True),
        "region": text(required=True, force_new=True),
        "network": text(required=True, force_new=True),
        "start": text(required=True, force_new=True),
        "end": text(required=True, force_new=True),
        "dhcp": boolean(force_new=True, default=False),
        "noGateway": boolean(force_new=True, default=False),
        "cidr": text(output_only=True),
        "gatewayIp": text(output_only=True),
        "ipPools": items(output_only=True),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Make the subnet."""
        keys = ("serviceName", "networkId", "dhcp", "noGateway", "start", "end", "network", "region")
        answer = self.api.post(_subnets_path(inputs), present(inputs, keys))
        return Created(str(refuse_empty(answer, wait.subject)["id"]))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the subnet by its range: two of one network never overlap."""
        subnets = self.api.find(_subnets_path(inputs)) or []
        found = (str(live["id"]) for live in subnets if live["cidr"] == inputs["network"])
        return next((candidate for candidate in found if candidate not in known_ids), None)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Find the subnet in the network's list."""
        properties = {**inputs, **outputs}
        subnets = self.api.find(_subnets_path(properties)) or []
        live = next((subnet for subnet in subnets if str(subnet["id"]) == id), None)
        if live is None:
            return None
        pools = [present(pool, ("network", "region", "dhcp", "start", "end")) for pool in live.get("ipPools") or ()]
        first = pools[0] if pools else {}
        return {
            **present(first, ("network", "region", "start", "end", "dhcp")),
            # Asked for and unchangeable: another spelling in the answer must never replace a subnet in use.
            **present(properties, ("serviceName", "networkId", "network", "region", "start", "end", "dhcp")),
            "noGateway": properties.get("noGateway", not live.get("gatewayIp")),
            **present(live, ("cidr", "gatewayIp")),
            "ipPools": pools,
        }

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the subnet; the API answers 400 while ports of something just deleted are still in it."""
        path = f"{_subnets_path(properties)}/{id}"

        def ports_in_use() -> str | None:
            try:
                self.api.delete(path)
            except ApiError as error:
                if error.status not in (400, 409):
                    raise
                return f"still in use: {error.message}"
            return None

        wait.poll(ports_in_use)


def _subnets_path(properties: PropertyMap) -> str:
    return project_path(properties, "network", "private", require(properties, "networkId"), "subnet")


def _region_attributes(region: dict[str, Any]) -> PropertyMap:
    return {**present(region, ("region", "status")), "openstackid": region.get("openstackId") or ""}
