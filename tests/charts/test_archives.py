"""Packages that want to do harm, or are broken: refused in bounded time and memory, and nothing is written."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubwright.adapters.chart_packages import parse_package
from hubwright.adapters.charts import ChartPin, ChartStore
from hubwright.core.errors import ConfigError, HubwrightError

from .repositories import make_package, pack, serve

GOOD = {"hub/Chart.yaml": "name: hub\nversion: 1.0.0\n", "hub/values.yaml": "a: 1\n"}
MEBIBYTE = 1024 * 1024


def special(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def with_padding(size_bytes: int, count: int = 1) -> bytes:
    return pack({**GOOD, **{f"hub/templates/{number}": b"\0" * size_bytes for number in range(count)}})


def nested(depth: int) -> bytes:
    content = pack(GOOD)
    for _ in range(depth):
        content = pack({**GOOD, "hub/charts/hub.tgz": content})
    return content


def with_huge_header(size_bytes: int) -> bytes:
    """An archive whose extended header, not a file, is what is large."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("hub/Chart.yaml")
        member.pax_headers = {"comment": "x" * size_bytes}
        archive.addfile(member, io.BytesIO(b""))
    return gzip.compress(stream.getvalue(), compresslevel=1)


def renamed(old: bytes, new: bytes) -> bytes:
    """A package in which a name's bytes were changed behind tarfile's back, its checksum put right."""
    raw = bytearray(gzip.decompress(pack({**GOOD, "hub/templates/x": "x"})))
    at = raw.index(old)
    raw[at : at + len(new)] = new
    repair_checksum(raw, at)
    return gzip.compress(bytes(raw))


def repair_checksum(raw: bytearray, at: int) -> None:
    header = at - at % 512
    raw[header + 148 : header + 156] = b" " * 8
    raw[header + 148 : header + 156] = b"%06o\0 " % sum(raw[header : header + 512])


PACKAGE = pack(GOOD)
RAW = gzip.decompress(PACKAGE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pack({**GOOD, "hub/../../evil": "x"}), r"unsafe path 'hub/\.\./\.\./evil'"),
        (pack({**GOOD, "/etc/evil": "x"}), "unsafe path '/etc/evil'"),
        (pack({**GOOD, "hub/templates\\..\\evil": "x"}), "unsafe path"),
        (pack({**GOOD, "C:/evil": "x"}), "unsafe path"),
        (pack({**GOOD, "hub/a\nb": "x"}), "unsafe path"),
        (pack(GOOD, special("hub/link", tarfile.SYMTYPE)), "a link or device, 'hub/link'"),
        (pack(GOOD, special("hub/link", tarfile.LNKTYPE)), "a link or device"),
        (pack(GOOD, special("hub/null", tarfile.CHRTYPE)), "a link or device"),
        (pack(GOOD, special("hub/disk", tarfile.BLKTYPE)), "a link or device"),
        (pack(GOOD, special("hub/pipe", tarfile.FIFOTYPE)), "a link or device"),
        (pack({**GOOD, "other/Chart.yaml": "name: x\n"}), "more than one top folder: 'hub', 'other'"),
        (pack({"Chart.yaml": "name: hub\n"}), "a file outside the chart's folder"),
        (pack({"hub/values.yaml": "a: 1\n"}), "Chart.yaml with a name is missing"),
        (pack({"hub/Chart.yaml": "name: [hub]\n"}), "Chart.yaml with a name is missing"),
        (pack({**GOOD, "./hub/Chart.yaml": "name: x\n"}), "twice the file"),
        (renamed(b"templates/x", b"templates/\xff"), "a name that is not UTF-8"),
        (with_padding(6 * MEBIBYTE), "too large for a chart"),
        (with_padding(5 * MEBIBYTE, 21), "too large for a chart"),
        (with_padding(0, 10_001), "too large for a chart"),
        (with_huge_header(101 * MEBIBYTE), "too large for a chart"),
        (nested(8), "nested deeper than 5 levels"),
        (b"", "it is empty"),
        (b"not a package", "it is not gzip"),
        (RAW, "it is not gzip"),
        (gzip.compress(b"no archive at all"), "damaged or was cut off"),
        (PACKAGE[:100], "cut off"),
        (gzip.compress(RAW[:900]), "damaged or was cut off"),
        (gzip.compress(RAW[:512] + RAW[1024:]), "damaged or was cut off|Chart.yaml with a name"),
        (PACKAGE + b"rubbish behind it", "not gzip, or damaged"),
        (pack({**GOOD, "hub/charts/sub.tgz": b"not a package"}), r"charts/sub\.tgz: not a chart package"),
        (pack({"hub/Chart.yaml": "name: hub\ndependencies: 3\n"}), "dependencies: must be a list of maps"),
    ],
)
def test_a_bad_package_is_refused_with_its_reason(content: bytes, message: str):
    with pytest.raises(ConfigError, match=message):
        parse_package(content, "hub-1.0.0.tgz")


def test_packages_inside_share_one_budget():
    inner = with_padding(5 * MEBIBYTE, 4)
    outer = pack({**GOOD, **{f"hub/charts/{number}.tgz": inner for number in range(6)}})
    assert len(outer) < MEBIBYTE
    with pytest.raises(ConfigError, match="too large for a chart"):
        parse_package(outer, "hub-1.0.0.tgz")


def test_a_bomb_takes_no_more_memory_than_the_limit():
    bomb = gzip.compress(b"\0" * (300 * MEBIBYTE), compresslevel=1)
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError, match="too large"):
            parse_package(bomb, "hub-1.0.0.tgz")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 250 * MEBIBYTE


def test_what_helm_allows_is_allowed():
    parse_package(with_padding(5 * MEBIBYTE, 3), "hub-1.0.0.tgz")
    halves = gzip.compress(RAW[:700]) + gzip.compress(RAW[700:])
    assert parse_package(halves, "hub-1.0.0.tgz").name == "hub", "gzip of two members, which Go reads as one"


@pytest.mark.contract
def test_a_bad_package_from_a_repository_leaves_nothing_behind(tmp_path: Path):
    with serve() as repository:
        repository.publish("hub", "1.0.0", pack(GOOD, special("hub/link", tarfile.SYMTYPE)))
        pin = ChartPin("hub", repository.address, "1.0.0", None, "charts.lock:2:3")
        with pytest.raises(ConfigError, match="a link or device"):
            ChartStore(tmp_path / "cache").resolve(pin)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


HEADER_FIELDS = [
    *((156, kind) for kind in (b"x", b"g", b"L", b"K", b"S", b"V", b"1", b"2", b"5", b"7")),
    *((124, size) for size in (b"77777777777\0", b"00000000000\0", b"\x80" + b"\xff" * 11, b"-0000000001\0", b"zz")),
]
NAMES = st.sampled_from(
    ["Chart.yaml", "values.yaml", "values.schema.json", "charts/a.tgz", "charts/b/Chart.yaml", ".."]
)
TEXTS = st.one_of(
    st.text(max_size=60).map(str.encode),
    st.binary(max_size=60),
    st.sampled_from([b"name: hub\n", b"{}", b"a: &a [*a]", b"name: hub\ndependencies: [{alias: 3, tags: 4}]", PACKAGE]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["hub", "hub", "x", ""]), NAMES, TEXTS), max_size=6))
def test_any_content_is_read_or_refused(files: list[tuple[str, str, bytes]]):
    read_or_refuse(pack({f"{top}/{name}": content for top, name, content in files}))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject):
    """Bytes flipped, cut or repeated inside the archive, with the compression put right again around them."""
    raw = bytearray(gzip.decompress(make_package("hub", "1.0.0", values={"a": [1]}, schema={"type": "object"})))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        action = data.draw(st.sampled_from(["flip", "cut", "repeat", "header"]))
        if action == "flip":
            raw[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
        elif action == "cut":
            del raw[at : at + data.draw(st.integers(1, 600))]
        elif action == "repeat":
            raw[at:at] = raw[at : at + data.draw(st.integers(1, 600))]
        else:
            # A field of a header (its type, its size, anything) with the checksum put right: tarfile believes it.
            start = at - at % 512
            offset, value = data.draw(
                st.sampled_from(HEADER_FIELDS) | st.tuples(st.integers(0, 511), st.binary(max_size=9))
            )
            raw[start + offset : start + offset + len(value)] = value
            repair_checksum(raw, at)
    read_or_refuse(gzip.compress(bytes(raw)))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(PACKAGE)))
def test_any_bytes_are_refused(noise: bytes, keep: int):
    read_or_refuse(PACKAGE[:keep] + noise)


def read_or_refuse(content: bytes) -> None:
    try:
        parse_package(content, "hub-1.0.0.tgz")
    except HubwrightError as error:
        message = error.message
    else:
        return
    assert message.startswith("hub-1.0.0.tgz")
    assert message.replace("\n", "").isprintable()
