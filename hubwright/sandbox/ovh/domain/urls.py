"""Routes of the domain service."""

from __future__ import annotations

from hubwright.sandbox.ovh.core.routing import Route
from hubwright.sandbox.ovh.domain.responses import DomainResponses

_ZONE = "/domain/zone/{zone}"
_RECORD = f"{_ZONE}/record/{{record_id}}"


def routes(responses: DomainResponses) -> list[Route]:
    """Return the routes below the API's root."""
    return [
        Route("GET", "/domain/zone", responses.list_zones),
        Route("GET", _ZONE, responses.get_zone),
        Route("GET", f"{_ZONE}/soa", responses.soa),
        Route("POST", f"{_ZONE}/refresh", responses.refresh),
        Route("GET", f"{_ZONE}/record", responses.list_records),
        Route("POST", f"{_ZONE}/record", responses.create),
        Route("GET", _RECORD, responses.get),
        Route("PUT", _RECORD, responses.change),
        Route("DELETE", _RECORD, responses.delete),
    ]
