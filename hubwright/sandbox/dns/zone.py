"""What an authoritative server answers (RFC 1034 section 4.3.2, RFC 2308, RFC 4592): pure, without sockets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dnslib import AAAA, CAA, CNAME, MX, NS, QTYPE, RCODE, RD, RR, SOA, TXT, A

_SOA_TTL_S = 300
_MAX_CHAIN = 8
_TEXT_PART = 255


@dataclass(frozen=True, slots=True)
class ZoneRecord:
    """One record; `name` is absolute, lower case, without the last dot."""

    name: str
    type: str
    ttl_s: int
    target: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's content; `name` as in ZoneRecord."""

    name: str
    serial: int
    records: Sequence[ZoneRecord] = ()


@dataclass(slots=True)
class Answer:
    """What to put into the reply."""

    rcode: int
    authoritative: bool = True
    answers: list[RR] = field(default_factory=list)
    authority: list[RR] = field(default_factory=list)


def answer_query(zones: Iterable[Zone], name: str, qtype: str) -> Answer:
    """Answer the question for `name` (any case, with or without a last dot) from the zone that is closest to it."""
    wanted = name.rstrip(".").lower()
    holders = [zone for zone in zones if is_below(wanted, zone.name)]
    if not holders:
        return Answer(RCODE.REFUSED, authoritative=False)
    zone = max(holders, key=lambda candidate: len(candidate.name))
    return _answer_in_zone(zone, wanted, qtype)


def is_below(name: str, zone: str) -> bool:
    """Tell whether `name` is the zone's own name or lies under it."""
    return name == zone or name.endswith(f".{zone}")


def soa_record(zone: Zone) -> RR:
    """Return the zone's start of authority."""
    timers = (zone.serial, 86400, 3600, 3600000, _SOA_TTL_S)
    return _rr(zone.name, "SOA", _SOA_TTL_S, SOA(f"ns1.{zone.name}", f"hostmaster.{zone.name}", timers))


def to_rr(record: ZoneRecord, zone: str, owner: str | None = None) -> RR:
    """Return the wire form; `owner` replaces the name where a wildcard stands for it."""
    return _rr(owner or record.name, record.type, record.ttl_s, _rdata(record.type, record.target, zone))


def _answer_in_zone(zone: Zone, name: str, qtype: str) -> Answer:
    answer = Answer(RCODE.NOERROR)
    for _ in range(_MAX_CHAIN):
        if referral := _referral(zone, name):
            if answer.answers:
                return answer
            return Answer(RCODE.NOERROR, authoritative=False, authority=referral)
        found = _records_at(zone, name)
        if found is None:
            answer.rcode = RCODE.NXDOMAIN
            break
        matching = [rr for rr in found if qtype in ("ANY", QTYPE[rr.rtype])]
        if matching:
            answer.answers += matching
            return answer
        aliases = [rr for rr in found if QTYPE[rr.rtype] == "CNAME"]
        if not aliases:
            break
        answer.answers += aliases
        name = str(aliases[0].rdata.label).rstrip(".").lower()
        if not is_below(name, zone.name):
            return answer
    answer.authority.append(soa_record(zone))
    return answer


def _records_at(zone: Zone, name: str) -> list[RR] | None:
    """Return the records of `name`, empty for one that exists without any, None when the name does not exist."""
    own = [to_rr(record, zone.name) for record in zone.records if record.name == name]
    if name == zone.name:
        own += _apex_records(zone)
    if own:
        return own
    if any(is_below(record.name, name) for record in zone.records):
        return []
    return _wildcard_records(zone, name)


def _wildcard_records(zone: Zone, name: str) -> list[RR] | None:
    parent = name
    while parent != zone.name:
        parent = parent.partition(".")[2]
        found = [record for record in zone.records if record.name == f"*.{parent}"]
        if found:
            return [to_rr(record, zone.name, owner=name) for record in found]
        # The closest name that exists ends the search: a wildcard further up does not reach below it.
        if parent == zone.name or any(is_below(record.name, parent) for record in zone.records):
            return None
    return None


def _apex_records(zone: Zone) -> list[RR]:
    records = [soa_record(zone)]
    if not any(record.type == "NS" and record.name == zone.name for record in zone.records):
        records.append(_rr(zone.name, "NS", _SOA_TTL_S, NS(f"ns1.{zone.name}")))
    return records


def _referral(zone: Zone, name: str) -> list[RR]:
    """Return the name servers of the sub-zone that `name` was delegated to, if any."""
    cuts = {
        record.name
        for record in zone.records
        if record.type == "NS" and record.name != zone.name and is_below(name, record.name)
    }
    if not cuts:
        return []
    cut = min(cuts, key=len)
    return [to_rr(record, zone.name) for record in zone.records if record.name == cut and record.type == "NS"]


def _rdata(rtype: str, target: str, zone: str) -> RD:
    if rtype == "A":
        return A(target)
    if rtype == "AAAA":
        return AAAA(target)
    if rtype == "CNAME":
        return CNAME(absolute(target, zone))
    if rtype == "NS":
        return NS(absolute(target, zone))
    if rtype == "MX":
        preference, _, exchange = target.partition(" ")
        return MX(absolute(exchange, zone), int(preference))
    if rtype == "CAA":
        flags, tag, value = target.split(" ", 2)
        return CAA(int(flags), tag, value.strip('"'))
    if rtype == "TXT":
        return TXT(split_text(target))
    raise ValueError(f"no wire form for {rtype}")


def absolute(host: str, zone: str) -> str:
    """Return `host` as OVH reads it: without a last dot it is relative to the zone."""
    return host.rstrip(".") if host.endswith(".") else f"{host}.{zone}"


def split_text(target: str) -> list[bytes]:
    """Return the character strings of a TXT target: unquoted, at most 255 bytes each."""
    text = target[1:-1] if len(target) > 1 and target[0] == target[-1] == '"' else target
    data = text.replace('\\"', '"').encode()
    return [data[start : start + _TEXT_PART] for start in range(0, len(data), _TEXT_PART)] or [b""]


def _rr(name: str, rtype: str, ttl_s: int, rdata: RD) -> RR:
    return RR(name, getattr(QTYPE, rtype), ttl=ttl_s, rdata=rdata)
