"""Records of DNS zones: `ovh:Domain/zoneRecord:ZoneRecord`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from hubwright.adapters.ovh import path_of
from hubwright.core.errors import ApiError, ResourceError
from hubwright.engine.property_values import PropertyMap
from hubwright.engine.providers.declared.fields import integer, text
from hubwright.engine.providers.declared.resource import Change, Created
from hubwright.engine.providers.declared.waiting import Waiter
from hubwright.engine.providers.ovh.project import OvhResource, present, require

_MISSING: Final = "not visible yet"


def _same_target(new: Any, live: Any) -> bool:
    """TXT targets come back in quotes."""
    return str(new).strip('"') == str(live).strip('"')


def _same_ttl(new: Any, live: Any) -> bool:
    """0 asks for the zone's own value, whatever that is."""
    return new in (0, live)


class ZoneRecord(OvhResource):
    """A record; the zone serves a change only after a refresh, which follows each one here."""

    type_name = "ovh:Domain/zoneRecord:ZoneRecord"
    fields = {
        "zone": text(required=True, force_new=True),
        "fieldtype": text(required=True, force_new=True),
        "subdomain": text(),
        "target": text(required=True, equivalent=_same_target),
        "ttl": integer(default=0, equivalent=_same_ttl),
    }

    def begin(self, inputs: PropertyMap, wait: Waiter) -> Created:
        """Add the record. The API sometimes answers id 0: the record is then found among its equals."""
        path = path_of("domain", "zone", inputs["zone"], "record")
        answer = self.api.post(path, _body(inputs) | {"fieldType": inputs["fieldtype"]})
        told = (answer or {}).get("id") or self._find_equal(inputs)
        if not told:
            raise ResourceError(
                f"{wait.subject}: the OVH API answered id 0 and the record is not in the zone",
                hint="look at the zone in OVHcloud's control panel, then run the command again",
            )
        return Created(str(told))

    def recover(self, inputs: PropertyMap, known_ids: Collection[str]) -> str | None:
        """Find the newest record that is what was asked for."""
        return self._find_equal(inputs, known_ids)

    def finish(self, id: str, inputs: PropertyMap, wait: Waiter) -> None:
        """Wait until the record can be read, and have the zone served with it."""
        path = _path(id, inputs)
        wait.poll(lambda: None if self.api.find(path) else _MISSING)
        self._refresh(inputs)

    def read(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap | None:
        """Read the record."""
        properties = {**inputs, **outputs}
        live = self.find(_path(id, properties))
        if live is None:
            return None
        return {
            **present(live, ("target", "ttl")),
            "zone": properties["zone"],
            "fieldtype": live["fieldType"],
            "subdomain": live.get("subDomain") or "",
        }

    def change(self, id: str, change: Change, wait: Waiter) -> None:
        """Change target, ttl or subdomain."""
        del wait
        body = _body(change.new_inputs)
        if change.old_outputs.get("subdomain"):
            body.setdefault("subDomain", "")
        self.api.put(_path(id, change.new_inputs), body)
        self._refresh(change.new_inputs)

    def remove(self, id: str, properties: PropertyMap, wait: Waiter) -> None:
        """Delete the record and have the zone served without it."""
        del wait
        self.api.delete(_path(id, properties))
        if self.api.find(path_of("domain", "zone", require(properties, "zone"))) is not None:
            self._refresh(properties)

    def _refresh(self, properties: PropertyMap) -> None:
        self.api.post(path_of("domain", "zone", require(properties, "zone"), "refresh"), idempotent=True)

    def _find_equal(self, inputs: PropertyMap, known_ids: Collection[str] = ()) -> str | None:
        """Return the id of the newest record that is what the inputs ask for."""
        path = path_of("domain", "zone", inputs["zone"], "record")
        query = {"fieldType": str(inputs["fieldtype"]), "subDomain": str(inputs.get("subdomain") or "")}
        for candidate in sorted(self.api.get(path, **query), reverse=True):
            live = self.api.find(f"{path}/{candidate}") or {}
            if str(candidate) not in known_ids and _same_target(inputs["target"], live.get("target")):
                return str(candidate)
        return None


def _path(id: str, properties: PropertyMap) -> str:
    if not id.isdecimal():
        raise ApiError(f"{id!r} is not the id of a zone record")
    return path_of("domain", "zone", require(properties, "zone"), "record", id)


def _body(inputs: PropertyMap) -> dict[str, Any]:
    body = present(inputs, ("target", "ttl"))
    if subdomain := inputs.get("subdomain"):
        body["subDomain"] = subdomain
    return body
