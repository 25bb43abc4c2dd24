"""Zones and their records: changes are pending until a refresh, which raises the serial and serves them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.domain.exceptions import (
    DuplicateRecordError,
    InvalidTargetError,
    InvalidTtlError,
    RecordNotFoundError,
    UnknownTypeError,
    ZoneNotFoundError,
)
from hubwright.sandbox.ovh.ports import ServedRecord, ServedZone, ZoneBackend

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "TXT")
"""What the DNS listener can serve."""

DEFAULT_TTL_S = 3600
_SHORTEST_TTL_S = 60
_FIRST_SERIAL = 2026010100
_HOST = r"(\*\.)?([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.?"
_SHAPES = {
    "CNAME": re.compile(_HOST),
    "NS": re.compile(_HOST),
    "MX": re.compile(rf"\d{{1,5}} {_HOST}"),
    "CAA": re.compile(r'\d{1,3} [a-z]+ "[^"]*"'),
    "TXT": re.compile(r".{1,4000}", re.DOTALL),
}


class RecordUpdate(BaseModel):
    """Body of a change; what is left out stays."""

    target: str | None = None
    ttl: int | None = None
    subDomain: str | None = None  # noqa: N815 the API's own spelling


class RecordRequest(BaseModel):
    """Body of a new record."""

    fieldType: str  # noqa: N815
    target: str
    ttl: int = 0
    subDomain: str = ""  # noqa: N815


class Record(Entity):
    """One pending record."""

    id: int
    zone: str
    field_type: str
    sub_domain: str = ""
    target: str
    ttl: int = 0


class Zone(Entity):
    """A zone; `served` is what the last refresh published."""

    name: str
    serial: int = _FIRST_SERIAL
    last_update: datetime
    served: list[Record] = Field(default_factory=list, exclude=True)


class DomainService:
    """The zones of the account."""

    def __init__(self, platform: Platform, zone_names: Sequence[str], backend: ZoneBackend) -> None:
        self._platform = platform
        self._backend = backend
        self._zones = platform.store.table("zones", Zone)
        self._records = platform.store.table("records", Record)
        for name in zone_names:
            if self._zones.get(name) is None:
                self._zones.put(name, Zone(name=name, last_update=platform.schedule.now()))

    def zones(self) -> list[str]:
        """Return the names of the zones."""
        return [zone.name for zone in self._zones.all()]

    def zone(self, name: str) -> Zone:
        """Return a zone. Raises ZoneNotFoundError."""
        zone = self._zones.get(name)
        if zone is None:
            raise ZoneNotFoundError
        return zone

    def records(self, zone: str, *, field_type: str | None = None, sub_domain: str | None = None) -> list[Record]:
        """Return the pending records, filtered."""
        self.zone(zone)
        return [
            record
            for record in self._records.all()
            if record.zone == zone
            and field_type in (None, record.field_type)
            and sub_domain in (None, record.sub_domain)
        ]

    def record(self, zone: str, record_id: str) -> Record:
        """Return one pending record. Raises RecordNotFoundError."""
        self.zone(zone)
        record = self._records.get(record_id)
        if record is None or record.zone != zone:
            raise RecordNotFoundError(record_id)
        return record

    def create(self, zone: str, request: RecordRequest) -> Record:
        """Add a pending record. Raises the service's errors for one that could not be served."""
        with self._platform.store.lock:
            self.zone(zone)
            number = 5_000_000_001 + len(self._records.all())
            while self._records.get(str(number)):
                number += 1
            record = Record(
                id=number,
                zone=zone,
                field_type=request.fieldType,
                sub_domain=request.subDomain.lower(),
                target=request.target,
                ttl=request.ttl,
            )
            self._check(record)
            return self._records.put(str(number), record)

    def change(self, zone: str, record_id: str, request: RecordUpdate) -> None:
        """Change a pending record."""
        with self._platform.store.lock:
            wanted = {"target": request.target, "ttl": request.ttl, "sub_domain": request.subDomain}
            fields = {name: value for name, value in wanted.items() if value is not None}
            record = self.record(zone, record_id).model_copy(update=fields)
            self._check(record)
            self._records.put(record_id, record)

    def delete(self, zone: str, record_id: str) -> None:
        """Drop a pending record."""
        self.record(zone, record_id)
        self._records.remove(record_id)

    def refresh(self, name: str) -> None:
        """Serve what is pending."""
        with self._platform.store.lock:
            zone = self.zone(name)
            now = self._platform.schedule.now()
            self._zones.change(name, serial=zone.serial + 1, served=self.records(name), last_update=now)
        self._publish(self.zone(name))

    def resume(self) -> None:
        """Serve every zone as of its last refresh."""
        for zone in self._zones.all():
            self._publish(zone)

    def _publish(self, zone: Zone) -> None:
        records = [
            ServedRecord(row.sub_domain, row.field_type, row.ttl or DEFAULT_TTL_S, row.target) for row in zone.served
        ]
        self._backend.publish(ServedZone(zone.name, zone.serial, records))

    def _check(self, record: Record) -> None:
        if record.field_type not in TYPES:
            raise UnknownTypeError(record.field_type)
        if record.ttl != 0 and record.ttl < _SHORTEST_TTL_S:
            raise InvalidTtlError
        if not target_fits(record.field_type, record.target):
            raise InvalidTargetError(record.field_type, record.target)
        same_name = self.records(record.zone, sub_domain=record.sub_domain)
        others = [row for row in same_name if row.id != record.id]
        if any(_conflict(record, other) for other in others):
            raise DuplicateRecordError(record.sub_domain, record.field_type)


def target_fits(field_type: str, target: str) -> bool:
    """Tell whether `target` is a value of a record of this type."""
    if field_type in ("A", "AAAA"):
        try:
            address = ipaddress.ip_address(target)
        except ValueError:
            return False
        return address.version == (4 if field_type == "A" else 6)
    return _SHAPES[field_type].fullmatch(target) is not None


def _conflict(new: Record, old: Record) -> bool:
    alone = "CNAME" in (new.field_type, old.field_type)
    return alone or (new.field_type, new.target) == (old.field_type, old.target)
