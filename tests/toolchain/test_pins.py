from __future__ import annotations

import pytest

from hubwright.core.errors import ToolchainError
from hubwright.toolchain.go_sdk import is_new_enough
from hubwright.toolchain.pins import read_pins, tools_folder


def test_the_repository_pins_what_the_design_names():
    versions = {pin.field: pin.version for pin in read_pins(tools_folder()).binaries}
    assert versions == {
        "etcd": "v3.6.8",
        "kube_apiserver": "v1.36.4",
        "kube_controller_manager": "v1.36.4",
        "kube_scheduler": "v1.36.4",
        "kwok": "v0.8.0",
        "helm": "v3.22.0",
        "registry": "v3.1.2",
    }


def test_every_staging_module_is_replaced_by_its_release():
    text = (tools_folder() / "go.mod").read_text()
    replaced = [line.split() for line in text.splitlines() if "=>" in line]
    assert len(replaced) >= 31
    assert {entry[-1] for entry in replaced} == {"v0.36.4"}


def test_etcd_is_built_under_another_name(tools):
    pins = {pin.field: pin for pin in read_pins(tools).binaries}
    assert (pins["etcd"].built_name, pins["etcd"].names[0]) == ("server", "etcd")
    assert pins["helm"].built_name == "helm"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("etcd Version: 3.6.8\nGit SHA: abc", True),
        ("v3.6.8", True),
        ("etcd Version: 3.6.80", False),
        ("etcd Version: 13.6.8", False),
        ("v3.6.8-rc.1", False),
        ("v3.6.8+g1234", True),
        ("", False),
    ],
)
def test_version_must_be_exactly_the_pinned_one(tools, output, told):
    assert read_pins(tools).binaries[0].is_told_by(output) is told


def test_cache_key_follows_what_goes_into_the_build(tools):
    before = read_pins(tools).cache_key
    (tools / "go.sum").write_text("changed")
    assert read_pins(tools).cache_key != before


def test_a_tool_without_directive_is_named(tools):
    text = (tools / "go.mod").read_text().replace("\tsigs.k8s.io/kwok/cmd/kwok\n", "")
    (tools / "go.mod").write_text(text)
    with pytest.raises(ToolchainError, match=r"sigs\.k8s\.io/kwok/cmd/kwok"):
        read_pins(tools)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("go version go1.26.8 linux/amd64", True),
        ("go version go1.26 linux/amd64", True),
        ("go version go1.27rc1 linux/amd64", True),
        ("go version go1.25.9 linux/amd64", False),
        ("", False),
    ],
)
def test_go_must_be_new_enough(output, expected):
    assert is_new_enough(output, "1.26.0") is expected
