"""Asks one DNS server for a name, so that a record is proven to be served and not only stored."""

from __future__ import annotations

from dnslib import QTYPE, RCODE, DNSRecord

from hubwright.core.errors import ApiError

_TIMEOUT_S = 3.0


def query_a_records(name: str, server: str) -> list[str]:
    """Return the IPv4 addresses that `server` (``host:port``) answers for `name`; empty when it has none.

    Raises ApiError when the server does not answer (RFC 1035).
    """
    host, _, port = server.rpartition(":")
    try:
        answer = DNSRecord.parse(DNSRecord.question(name, "A").send(host, int(port), timeout=_TIMEOUT_S))
    except OSError as error:
        raise ApiError(f"the DNS server {server} does not answer", hint="is the sandbox up?") from error
    if answer.header.rcode not in (RCODE.NOERROR, RCODE.NXDOMAIN):
        raise ApiError(f"the DNS server {server} answered {RCODE[answer.header.rcode]} for {name}")
    return [str(record.rdata) for record in answer.rr if record.rtype == QTYPE.A]
