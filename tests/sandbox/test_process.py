"""Processes of the sandbox: recognised by more than their pid, ready only when they themselves answer."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubwright.core.errors import SandboxError
from hubwright.sandbox.process import ProcessTable, choose_port, find_free_port, port_is_open, wait_until_ready

pytestmark = pytest.mark.contract

LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[ProcessTable]:
    table = ProcessTable(tmp_path / "processes")
    yield table
    table.stop(grace_s=1)


def test_a_started_process_is_ready_when_it_owns_its_port(table: ProcessTable, tmp_path: Path) -> None:
    port = find_free_port()
    record = table.spawn("listener", [sys.executable, "-c", LISTEN, str(port)], log_path=tmp_path / "log")
    wait_until_ready(record, port=port, probe=lambda: True, timeout_s=10)
    assert table.stop(grace_s=1) == ["listener"]
    assert not record.is_alive()
    assert not port_is_open(port)


def test_another_process_on_the_port_is_not_taken_for_ours(table: ProcessTable, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        sleeper = table.spawn("sleeper", SLEEP, log_path=tmp_path / "log")
        with pytest.raises(SandboxError, match="answered by another process"):
            wait_until_ready(sleeper, port=port, probe=lambda: True, timeout_s=10)


def test_a_death_shows_the_end_of_the_log(table: ProcessTable, tmp_path: Path) -> None:
    record = table.spawn("dying", [sys.executable, "-c", "print('the reason'); exit(3)"], log_path=tmp_path / "log")
    with pytest.raises(SandboxError, match="dying died") as caught:
        wait_until_ready(record, port=find_free_port(), probe=lambda: True, timeout_s=10)
    assert "the reason" in (caught.value.hint or "")


def test_a_reused_pid_is_not_our_process(table: ProcessTable, tmp_path: Path) -> None:
    record = table.spawn("sleeper", SLEEP, log_path=tmp_path / "log")
    file = table.folder / "sleeper.json"
    stale = {**json.loads(file.read_text()), "started_ticks": record.started_ticks - 1}
    file.write_text(json.dumps(stale))
    assert table.stop(grace_s=0.1) == []
    assert record.is_alive()
    table.record("sleeper", record.pid, tmp_path / "log")


def test_children_are_stopped_with_their_session(table: ProcessTable, tmp_path: Path) -> None:
    port = find_free_port()
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LISTEN!r}, '{port}'])"
    record = table.spawn("parent", [sys.executable, "-c", parent], log_path=tmp_path / "log")
    wait_until_ready(record, port=port, probe=lambda: True, timeout_s=10)
    table.stop(grace_s=1)
    assert not port_is_open(port)


def test_a_broken_record_is_as_good_as_none(table: ProcessTable) -> None:
    table.folder.mkdir(parents=True)
    (table.folder / "odd.json").write_text("{")
    assert table.records() == []


def test_a_missing_program_is_an_error_that_names_it(table: ProcessTable, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="could not start /no/such"):
        table.spawn("ghost", ["/no/such"], log_path=tmp_path / "log")


def test_a_preferred_port_is_kept_while_it_is_free() -> None:
    port = find_free_port()
    assert choose_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert choose_port(port) != port
