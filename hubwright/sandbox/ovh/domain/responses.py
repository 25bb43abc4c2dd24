"""HTTP side of the domain service."""

from __future__ import annotations

from typing import Any

from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.domain.models import DomainService, RecordRequest, RecordUpdate

NAME_SERVERS = ("dns1.hubwright-sandbox.test", "ns1.hubwright-sandbox.test")


class DomainResponses:
    """Handlers of /domain/zone."""

    def __init__(self, service: DomainService) -> None:
        self._service = service

    def list_zones(self, call: Call) -> list[str]:
        """Names of the zones."""
        return self._service.zones()

    def get_zone(self, call: Call) -> dict[str, Any]:
        """One zone."""
        zone = self._service.zone(call.params["zone"])
        servers = list(NAME_SERVERS)
        shown = {"name": zone.name, "lastUpdate": zone.last_update.isoformat(), "nameServers": servers}
        return {**shown, "dnssecSupported": False, "hasDnsAnycast": False}

    def soa(self, call: Call) -> dict[str, Any]:
        """Start of authority, as served."""
        zone = self._service.zone(call.params["zone"])
        timers = {"refresh": 86400, "expire": 3600000, "nxDomainTtl": 300, "ttl": 3600}
        return {"server": f"{NAME_SERVERS[0]}.", "email": "tech.ovh.net.", "serial": zone.serial, **timers}

    def list_records(self, call: Call) -> list[int]:
        """Ids; the filters stand in the query, or in the body of a GET as go-ovh may send them."""
        wanted = {**(call.body if isinstance(call.body, dict) else {}), **call.query}
        records = self._service.records(
            call.params["zone"], field_type=wanted.get("fieldType"), sub_domain=wanted.get("subDomain")
        )
        return [record.id for record in records]

    def create(self, call: Call) -> dict[str, Any]:
        """Add a pending record."""
        return self._service.create(call.params["zone"], call.read(RecordRequest)).wire()

    def get(self, call: Call) -> dict[str, Any]:
        """One pending record."""
        return self._service.record(call.params["zone"], call.params["record_id"]).wire()

    def change(self, call: Call) -> None:
        """Change a pending record."""
        self._service.change(call.params["zone"], call.params["record_id"], call.read(RecordUpdate))

    def delete(self, call: Call) -> None:
        """Drop a pending record."""
        self._service.delete(call.params["zone"], call.params["record_id"])

    def refresh(self, call: Call) -> None:
        """Serve what is pending."""
        self._service.refresh(call.params["zone"])
