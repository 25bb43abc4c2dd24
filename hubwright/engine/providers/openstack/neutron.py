"""What Neutron's types share: tags through their own call, value specs, and waits on `status`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final

from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import items, mapping
from hubwright.engine.providers.declared.resource import Change
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.openstack.rest import OpenStackResource

TAGS: Final = items(unordered=True, attribute="")
ALL_TAGS: Final = items(output_only=True, attribute="")
VALUE_SPECS: Final = mapping(force_new=True, attribute="")


class NeutronResource(OpenStackResource):
    """An object of the network service. `usable` and `building` are statuses; no `usable` means no wait."""

    service = "network"
    usable: ClassVar[Collection[str]] = ()
    building: ClassVar[Collection[str]] = ("BUILD",)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait, then set the tags, which no creating call takes."""
        self.wait_until_usable(id, inputs, wait)
        if inputs.get("tags"):
            self.set_tags(id, inputs)

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """PUT what may change, and the tags."""
        super().change(id, change, wait)
        if "tags" in self.fields:
            self.set_tags(id, change.new_inputs)
        self.wait_until_usable(id, change.new_inputs, wait)

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """Value specs go in as they are: they are the caller's own names and values."""
        return {**super().body(values), **(values.get("valueSpecs") or {})}

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """`tags` are those of the live ones that the program set; `allTags` also those that others did."""
        result = super().outputs(live, inputs, outputs)
        if "allTags" in self.fields:
            every_tag = sorted(live.get("tags") or ())
            result["allTags"] = every_tag
            result["tags"] = [tag for tag in every_tag if tag in (inputs.get("tags") or ())]
        return result

    def wait_until_usable(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Poll the status; types that have none are usable at once."""
        if self.usable:
            wait.for_status(lambda: self.status(id, properties), target=self.usable, pending=self.building)

    def set_tags(self, id: str, inputs: PropertyMap) -> None:
        """Replace all tags of the object by the program's."""
        body = {"tags": sorted(inputs.get("tags") or ())}
        self.api.put(self.service, f"{self.object_path(id, inputs)}/tags", body, region=inputs.get("region"))
