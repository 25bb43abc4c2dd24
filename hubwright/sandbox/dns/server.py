"""Serves zones over UDP and TCP on one loopback port; no packet, however bad, ends it."""

from __future__ import annotations

import logging
import socket
import socketserver
import struct
import threading
from typing import Any

from dnslib import OPCODE, QTYPE, RCODE, DNSRecord

from hubwright.core.errors import SandboxError
from hubwright.sandbox.dns.zone import Zone, answer_query
from hubwright.sandbox.process import choose_port

_log = logging.getLogger(__name__)
_HEADER_BYTES = 12
_FORMERR_HEADER = struct.pack(">HHHHH", 0x8000 | RCODE.FORMERR, 0, 0, 0, 0)  # a reply, no sections
_PLAIN_UDP_BYTES = 512
_TCP_TIMEOUT_S = 5.0
_OPT = 41
_PORT_ATTEMPTS = 20


class ZoneTable:
    """The zones that are served; swapped whole, so that a reader sees the old version or the new one."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}

    def put(self, zone: Zone) -> None:
        """Serve this version."""
        self._zones = {**self._zones, zone.name: zone}

    def reply(self, packet: bytes, *, udp: bool) -> bytes | None:
        """Return the reply to a packet; None for what deserves none (too short, or itself a reply)."""
        if len(packet) < _HEADER_BYTES or packet[2] & 0x80:
            return None
        try:
            query = DNSRecord.parse(packet)
        except Exception:  # noqa: BLE001 dnslib raises whatever a broken packet leads it to
            return packet[:2] + _FORMERR_HEADER
        try:
            return self._reply_to(query, udp=udp)
        except Exception:  # noqa: BLE001 one bad query must not end the server
            _log.exception("a DNS query failed")
            return _bare(query, RCODE.SERVFAIL)

    def _reply_to(self, query: DNSRecord, *, udp: bool) -> bytes:
        if query.header.opcode != OPCODE.QUERY:
            return _bare(query, RCODE.NOTIMP)
        if len(query.questions) != 1:
            return _bare(query, RCODE.FORMERR)
        question = query.questions[0]
        found = answer_query(self._zones.values(), str(question.qname), QTYPE[question.qtype])
        reply = query.reply(ra=0, aa=int(found.authoritative))
        reply.header.rcode = found.rcode
        reply.add_answer(*found.answers)
        reply.add_auth(*found.authority)
        packed = bytes(reply.pack())
        if udp and len(packed) > _room(query):
            return bytes(reply.truncate().pack())
        return packed


class DnsServer:
    """Both listeners; `port` is known once it is constructed."""

    def __init__(self, zones: ZoneTable, preferred_port: int | None = None) -> None:
        self._udp, self._tcp = _bind_both(zones, preferred_port)
        self.port: int = self._udp.server_address[1]
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
            for server in (self._udp, self._tcp)
        ]

    def start(self) -> None:
        """Serve."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        for server, thread in zip((self._udp, self._tcp), self._threads, strict=True):
            if thread.ident is not None:
                server.shutdown()
            server.server_close()


class _QuietErrors:
    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("DNS client %s went away", client_address, exc_info=True)


class _UdpServer(_QuietErrors, socketserver.UDPServer):
    zones: ZoneTable


class _TcpServer(_QuietErrors, socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    zones: ZoneTable


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        packet, listener = self.request
        if reply := self.server.zones.reply(packet, udp=True):
            listener.sendto(reply, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _TcpServer
    timeout = _TCP_TIMEOUT_S  # an idle client must not hold a thread for ever

    def handle(self) -> None:
        while len(prefix := self.rfile.read(2)) == 2:
            packet = self.rfile.read(struct.unpack(">H", prefix)[0])
            reply = self.server.zones.reply(packet, udp=False)
            if reply is None:
                return
            self.wfile.write(struct.pack(">H", len(reply)) + reply)


def _bind_both(zones: ZoneTable, preferred_port: int | None) -> tuple[_UdpServer, _TcpServer]:
    wanted = preferred_port
    for _ in range(_PORT_ATTEMPTS):
        address = ("127.0.0.1", choose_port(wanted))
        wanted = None
        try:
            tcp = _TcpServer(address, _TcpHandler)
        except OSError:
            continue
        try:
            udp = _UdpServer(address, _UdpHandler)
        except OSError:
            tcp.server_close()
            continue
        udp.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        tcp.zones = udp.zones = zones
        return udp, tcp
    raise SandboxError("no port of 127.0.0.1 is free for DNS over both UDP and TCP")


def _bare(query: DNSRecord, rcode: int) -> bytes:
    reply = query.reply(ra=0, aa=0)
    reply.header.rcode = rcode
    return bytes(reply.pack())


def _room(query: DNSRecord) -> int:
    """Bytes that the client takes over UDP: 512, or what its EDNS record says (there in the class field)."""
    sizes = [record.rclass for record in query.ar if record.rtype == _OPT]
    return max(_PLAIN_UDP_BYTES, *sizes) if sizes else _PLAIN_UDP_BYTES
