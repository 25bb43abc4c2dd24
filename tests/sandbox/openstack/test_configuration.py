"""What is written for the services, and how their environment is built, without starting any."""

from __future__ import annotations

import json

import pytest

from hubwright.core.errors import SandboxError
from hubwright.core.progress import SilentProgress
from hubwright.sandbox.openstack import environment
from hubwright.sandbox.openstack.configuration import SERVICES, read_configuration, write_configuration

pytestmark = pytest.mark.enable_socket  # choosing a free port binds it

PROJECT = "0" * 31 + "a"


@pytest.fixture
def written(tmp_path):
    return write_configuration(tmp_path / "cloud", tmp_path / "venv", project_id=PROJECT, speed=0.05)


def test_ports_and_passwords_are_kept(written, tmp_path):
    again = write_configuration(written.folder, tmp_path / "venv", project_id=PROJECT, speed=1.0)
    assert again == written == read_configuration(written.folder)


def test_passwords_differ_between_sandboxes(written, tmp_path):
    other = write_configuration(tmp_path / "other", tmp_path / "venv", project_id=PROJECT, speed=1.0)
    assert not set(other.passwords.values()) & set(written.passwords.values())


def test_files_are_private_and_complete(written):
    for service in SERVICES:
        assert written.conf_path(service).stat().st_mode & 0o077 == 0
        assert "$" not in written.conf_path(service).read_text()
    assert written.folder.stat().st_mode & 0o077 == 0


def test_the_plan_holds_no_password(written):
    text = written.plan_path.read_text()
    assert json.loads(text)["speed"] == 0.05
    assert not [password for password in written.passwords.values() if password in text]


def test_a_folder_serves_one_project(written, tmp_path):
    with pytest.raises(SandboxError, match="holds the OpenStack project"):
        write_configuration(written.folder, tmp_path / "venv", project_id="b" * 32, speed=1.0)


def test_a_broken_plan_reads_as_none(written):
    written.plan_path.write_text("{")
    assert read_configuration(written.folder) is None


def test_a_failed_build_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(
        environment,
        "_build_commands",
        lambda building: [["mkdir", str(building)], ["sh", "-c", "echo no such package >&2; exit 1"]],
    )
    with pytest.raises(SandboxError) as caught:
        environment.ensure_environment(SilentProgress(), tmp_path)
    assert caught.value.hint == "no such package"
    assert [path.name for path in (tmp_path / "openstack").iterdir()] == ["lock"]


def test_a_killed_build_is_swept_away_and_built_again(tmp_path, monkeypatch):
    name = environment.environment_name()
    (tmp_path / "openstack" / f"{name}.building" / "lib").mkdir(parents=True)
    monkeypatch.setattr(
        environment,
        "_build_commands",
        lambda building: [["mkdir", "-p", f"{building}/bin"], ["touch", f"{building}/bin/python"]],
    )
    python = environment.ensure_environment(SilentProgress(), tmp_path)
    assert python.exists()
    assert {path.name for path in (tmp_path / "openstack").iterdir()} == {"lock", name}
