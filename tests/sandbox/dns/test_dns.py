from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from hubwright.sandbox.dns.server import DnsServer, ZoneTable
from hubwright.sandbox.dns.zone import Zone, ZoneRecord, answer_query, split_text

NAME = "hubwright-sandbox.test"


def record(name: str, kind: str, target: str) -> ZoneRecord:
    return ZoneRecord(f"{name}.{NAME}".lstrip("."), kind, 60, target)


ZONE = Zone(
    NAME,
    7,
    [
        record("hub.local", "A", "203.0.113.5"),
        record("hub.local", "AAAA", "2001:db8::5"),
        record("www", "CNAME", "hub.local"),
        record("away", "CNAME", "example.org."),
        record("dangling", "CNAME", "nowhere"),
        record("*.apps", "A", "203.0.113.6"),
        record("", "MX", "10 mail"),
        record("", "CAA", '0 issue "letsencrypt.org"'),
        record("long", "TXT", '"' + "x" * 900 + '"'),
        record("child", "NS", "ns.child"),
    ],
)


@pytest.mark.parametrize(
    ("name", "kind", "rcode", "answers"),
    [
        ("HUB.local", "A", "NOERROR", ["203.0.113.5"]),
        ("hub.local", "AAAA", "NOERROR", ["2001:db8::5"]),
        ("hub.local", "TXT", "NOERROR", []),
        ("local", "A", "NOERROR", []),
        ("nothing", "A", "NXDOMAIN", []),
        ("www", "A", "NOERROR", [f"hub.local.{NAME}.", "203.0.113.5"]),
        ("away", "A", "NOERROR", ["example.org."]),
        ("dangling", "A", "NXDOMAIN", [f"nowhere.{NAME}."]),
        ("x.apps", "A", "NOERROR", ["203.0.113.6"]),
        ("x.y.apps", "A", "NOERROR", ["203.0.113.6"]),
        ("", "MX", "NOERROR", [f"10 mail.{NAME}."]),
        ("", "CAA", "NOERROR", ['0 issue "letsencrypt.org"']),
        ("", "NS", "NOERROR", [f"ns1.{NAME}."]),
    ],
)
def test_answers(name: str, kind: str, rcode: str, answers: list[str]) -> None:
    found = answer_query([ZONE], f"{name}.{NAME}".lstrip("."), kind)
    assert RCODE[found.rcode] == rcode
    assert [str(rr.rdata) for rr in found.answers] == answers
    negative = not answers or rcode == "NXDOMAIN"
    assert [QTYPE[rr.rtype] for rr in found.authority] == (["SOA"] if negative else [])


def test_other_zones_are_refused_and_children_referred() -> None:
    assert RCODE[answer_query([ZONE], "example.org", "A").rcode] == "REFUSED"
    referral = answer_query([ZONE], f"a.child.{NAME}", "A")
    assert (referral.authoritative, [QTYPE[rr.rtype] for rr in referral.authority]) == (False, ["NS"])


def test_a_circle_of_aliases_ends() -> None:
    circle = Zone(NAME, 1, [record("a", "CNAME", "b"), record("b", "CNAME", "a")])
    assert answer_query([circle], f"a.{NAME}", "A").answers


@given(st.text(max_size=600))
def test_text_is_split_without_loss(text: str) -> None:
    parts = split_text(f'"{text}"')
    assert all(len(part) <= 255 for part in parts)
    assert b"".join(parts) == text.replace('\\"', '"').encode()


@given(st.binary(max_size=80))
def test_no_packet_raises(packet: bytes) -> None:
    table = ZoneTable()
    table.put(ZONE)
    table.reply(packet, udp=True)


@pytest.fixture
def server() -> Iterator[DnsServer]:
    table = ZoneTable()
    table.put(ZONE)
    server = DnsServer(table)
    server.start()
    yield server
    server.stop()


@pytest.mark.contract
@pytest.mark.parametrize("tcp", [False, True])
def test_both_transports_answer(server: DnsServer, tcp: bool) -> None:
    query = DNSRecord.question(f"hub.local.{NAME}")
    reply = DNSRecord.parse(query.send("127.0.0.1", server.port, tcp=tcp, timeout=5))
    assert (reply.short(), reply.header.aa, reply.header.id) == ("203.0.113.5", 1, query.header.id)


@pytest.mark.contract
def test_a_long_answer_is_truncated_over_udp_only(server: DnsServer) -> None:
    query = DNSRecord.question(f"long.{NAME}", "TXT")
    assert DNSRecord.parse(query.send("127.0.0.1", server.port, timeout=5)).header.tc == 1
    whole = DNSRecord.parse(query.send("127.0.0.1", server.port, tcp=True, timeout=5))
    assert b"".join(whole.rr[0].rdata.data) == b"x" * 900


@pytest.mark.contract
def test_bad_packets_do_not_end_it(server: DnsServer) -> None:
    address = ("127.0.0.1", server.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(b"", address)
        client.sendto(b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff\xff", address)
        assert client.recv(512)[3] & 0x0F == RCODE.FORMERR
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(b"\x00")
    test_both_transports_answer(server, tcp=False)
