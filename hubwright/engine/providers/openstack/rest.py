"""What Neutron's and Octavia's types share: one JSON object at one path, its attributes named as the properties are."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from hubwright.adapters.openstack import OpenStackApi
from hubwright.core.errors import ApiError
from hubwright.engine.property_values import PropertyMap, PropertyValue
from hubwright.engine.providers.declared.fields import Field, Fields, text
from hubwright.engine.providers.declared.resource import Change, Created, ResourceType, wanted_values
from hubwright.engine.providers.declared.waiting import Waiter

REGION = text(computed=True, force_new=True, attribute="")
TENANT = text(computed=True, force_new=True, attribute="project_id")


def attribute_of(key: str, field: Field) -> str:
    """The API's name of a property: ``admin_state_up`` of ``adminStateUp`` unless declared; "" when it has none."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower() if field.attribute is None else field.attribute


class OpenStackResource(ResourceType):
    """A type whose objects are at ``/<path>/<id>`` of `service`, wrapped in a member `item`."""

    service: ClassVar[str]
    path: ClassVar[str]
    item: ClassVar[str]
    identity: ClassVar[tuple[str, ...]] = ("name",)
    """The properties by which an object is found again whose creating answer was lost."""

    def __init__(self, api: OpenStackApi) -> None:
        self.api = api

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """POST the object that the inputs describe."""
        return Created(self.post(inputs, self.body(inputs), wait))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the one object that has what identifies it; with several, or nothing to go by, it cannot be told."""
        if not all(inputs.get(key) for key in self.identity):
            return None
        query = {attribute_of(key, self.fields[key]): str(inputs[key]) for key in self.identity}
        region = inputs.get("region")
        answer = self.api.get(self.service, self.collection_path(inputs), region=region, **query)
        found = [str(live["id"]) for live in answer[f"{self.item}s"] if str(live["id"]) not in known_ids]
        return found[0] if len(found) == 1 else None

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """GET it and name its attributes as the official plugin does."""
        live = self.find(id, {**inputs, **outputs})
        return None if live is None else self.outputs(live, inputs, outputs)

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """PUT every attribute that may change."""
        del wait
        self.put(id, change.new_inputs, self.body(wanted_values(self.fields, change)))

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """DELETE it; while something that is just being deleted still uses it, the API answers 409."""

        def in_use() -> str | None:
            try:
                self.api.delete(self.service, self.object_path(id, properties), region=properties.get("region"))
            except ApiError as error:
                if error.status != 409:
                    raise
                return f"in use: {error.message}"
            return None if self.find(id, properties) is None else "being deleted"

        wait.poll(in_use)

    def body(self, values: PropertyMap) -> dict[str, Any]:
        """Return the attributes of `values` under the API's names."""
        named = ((attribute_of(key, self.fields[key]), value) for key, value in values.items() if key in self.fields)
        return {name: value for name, value in named if name}

    def outputs(self, live: Mapping[str, Any], inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Return the properties of a live object; what the API does not know keeps its value."""
        known = {**inputs, **outputs}
        result = {**_kept(self.fields, known), **read_attributes(self.fields, live)}
        result["region"] = known.get("region") or self.api.region
        return result

    def find(self, id: str, properties: PropertyMap) -> dict[str, Any] | None:
        """GET the object, None when it is gone."""
        path = self.object_path(id, properties)
        answer = self.api.find(self.service, path, region=properties.get("region"))
        return None if answer is None else dict(answer[self.item])

    def post(self, inputs: PropertyMap, body: Mapping[str, Any], wait: Waiter) -> str:
        """POST the object and return its id."""
        path = self.collection_path(inputs)
        answer = self.api.post(self.service, path, {self.item: body}, region=inputs.get("region"))
        try:
            return str(answer[self.item]["id"])
        except (KeyError, TypeError) as error:
            raise ApiError(f"{wait.subject}: the API answered without an id") from error

    def put(self, id: str, properties: PropertyMap, body: Mapping[str, Any]) -> None:
        """PUT attributes of the object."""
        path = self.object_path(id, properties)
        self.api.put(self.service, path, {self.item: body}, region=properties.get("region"))

    def status(self, id: str, properties: PropertyMap) -> str:
        """Return the object's status; "GONE" when there is none, which no wait accepts."""
        live = self.find(id, properties)
        return "GONE" if live is None else str(live.get("status") or "ACTIVE")

    def collection_path(self, properties: PropertyMap) -> str:
        """Where objects are made."""
        del properties
        return f"/{self.path}"

    def object_path(self, id: str, properties: PropertyMap) -> str:
        """Where one object is."""
        return f"{self.collection_path(properties)}/{id}"


def read_attributes(fields: Fields, live: Mapping[str, Any]) -> PropertyMap:
    """Return the properties that the API tells; nulls are left out."""
    found: dict[str, PropertyValue] = {}
    for key, field in fields.items():
        value = live.get(attribute_of(key, field))
        if value is not None:
            found[key] = value
    return found


def _kept(fields: Fields, known: PropertyMap) -> PropertyMap:
    """Properties of the program or the state that have no attribute in the API."""
    return {key: known[key] for key, field in fields.items() if attribute_of(key, field) == "" and key in known}
