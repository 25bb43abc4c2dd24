from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from hubwright.adapters.chart_packages import read_chart
from hubwright.core.errors import ConfigError

from .repositories import pack

CHART = {
    "hub/Chart.yaml": (
        "name: hub\nversion: 1.0.0\ndependencies:\n  - {name: sub, condition: sub.enabled, alias: other}\n"
    ),
    "hub/values.yaml": "replicas: 1\nmode: 0644\non: yes\n",
    "hub/values.schema.json": '{"type": "object"}',
    "hub/templates/ignored.yaml": "{{ broken",
    "hub/charts/sub/Chart.yaml": "name: sub\nversion: 2.0.0\n",
    "hub/charts/sub/values.yaml": "a: 1\n",
}


def write(folder: Path, content: bytes) -> Path:
    path = folder / "hub-1.0.0.tgz"
    path.write_bytes(content)
    return path


def test_a_package_gives_values_schema_and_subcharts(tmp_path):
    chart = read_chart(write(tmp_path, pack(CHART)))
    assert (chart.name, chart.version, chart.schema) == ("hub", "1.0.0", {"type": "object"})
    assert chart.values == {"replicas": 1, "mode": 420, "true": True}  # as Helm reads it
    assert [(sub.name, sub.values) for sub in chart.subcharts] == [("sub", {"a": 1})]
    assert (chart.dependencies[0].key, chart.dependencies[0].condition) == ("other", "sub.enabled")


def test_a_packaged_subchart_is_read_too(tmp_path):
    inner = pack({"sub/Chart.yaml": "name: sub\nversion: 2.0.0\n"})
    outer = {"hub/Chart.yaml": "name: hub\nversion: 1.0.0\n", "hub/charts/sub-2.0.0.tgz": inner}
    assert [sub.name for sub in read_chart(write(tmp_path, pack(outer))).subcharts] == ["sub"]


def test_a_folder_reads_like_its_package(tmp_path):
    for name, text in CHART.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert read_chart(tmp_path / "hub") == read_chart(write(tmp_path, pack(CHART)))


def link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.SYMTYPE
    member.linkname = "/etc/passwd"
    return member


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pack({"hub/../../evil": "x"}), "unsafe path"),
        (pack({"/etc/evil": "x"}), "unsafe path"),
        (pack(CHART, link("hub/values.link")), "a link or device"),
        (pack({"hub/values.yaml": "a: 1"}), "Chart.yaml with a name is missing"),
        (pack({**CHART, "hub/values.schema.json": "{"}), "values.schema.json: not JSON"),
        (pack({**CHART, "hub/values.yaml": b"\xff\xfe"}), "values.yaml: not UTF-8"),
        (pack({**CHART, "hub/values.yaml": "a: ["}), "values.yaml:1:"),
        (pack({**CHART, "hub/big": b"0" * 10_000_001}), "too large for a chart"),
        (b"not a package", "not a chart package"),
        (pack(CHART)[:200], "not a chart package"),
    ],
)
def test_what_is_no_good_chart_is_refused(tmp_path, content, message):
    with pytest.raises(ConfigError, match=message):
        read_chart(write(tmp_path, content))
    assert [path.name for path in tmp_path.iterdir()] == ["hub-1.0.0.tgz"]


def test_charts_in_charts_without_end_are_refused(tmp_path):
    content = pack({"c/Chart.yaml": "name: c\n"})
    for _ in range(8):
        content = pack({"c/Chart.yaml": "name: c\n", "c/charts/c.tgz": content})
    with pytest.raises(ConfigError, match="nested deeper"):
        read_chart(write(tmp_path, content))
