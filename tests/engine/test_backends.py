"""The DIY backend on every store: Pulumi's layout, compressed checkpoints, backups, history, locks, renames."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from backports import zstd

from hubwright.adapters.object_storage import BucketStore, parse_bucket_url
from hubwright.core.errors import ConfigError, StateError, StateLockedError
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint_file import mark, write_document
from hubwright.engine.state.compression import Compression, compression_wanted
from hubwright.engine.state.diy_backend import DiyBackend
from hubwright.engine.state.folder_store import FolderStore

NAME = StackName("proj", "dev")
CHECKPOINT = ".pulumi/stacks/proj/dev.json"
DIE_WITH_THE_LOCK = """
import os, pathlib, sys
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.file_backend import FileBackend
held = FileBackend(pathlib.Path(sys.argv[1])).lock(StackName("proj", "dev"))
held.__enter__()
print(os.getpid(), flush=True)
os._exit(9)
"""
LOCKS = ".pulumi/locks/organization/proj/dev"
ONE, TWO = (write_document(NAME.full, {"resources": [{"urn": urn}]}) for urn in ("one", "two"))


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.contract)])
def store(request, tmp_path):
    """Every store that a state may be in; the tests of its own are below."""
    if request.param == "folder":
        return FolderStore(tmp_path)
    return BucketStore(parse_bucket_url(request.getfixturevalue("bucket_url")))


@pytest.fixture
def backend(store):
    return DiyBackend(store)


def test_the_layout_is_pulumis(store, backend):
    assert backend.load(NAME) is None
    backend.back_up(NAME)
    backend.save(NAME, ONE)
    backend.save(NAME, TWO)
    backend.back_up(NAME)
    backend.record_update(NAME, {"kind": "update", "startTime": 1})
    assert store.read(".pulumi/meta.yaml") == b"version: 1\n"
    assert store.read(CHECKPOINT) == TWO.encode()
    assert store.read(CHECKPOINT + ".bak") == ONE.encode()
    history = [stored.key for stored in store.list_objects(".pulumi/history/proj/dev/")]
    assert [key.split(".", 2)[2] for key in history] == ["checkpoint.json", "history.json"]
    assert all(key.startswith(".pulumi/history/proj/dev/dev-1") for key in history)
    assert store.read(history[0]) == TWO.encode()
    (backup,) = store.list_objects(".pulumi/backups/proj/dev/dev.1")
    assert backup.key.endswith(".json")
    assert backend.list_stacks() == backend.list_stacks("proj") == [NAME]
    assert backend.list_stacks("other") == []


@pytest.mark.parametrize(
    ("ending", "packed", "unpacked"),
    [(".gz", gzip.compress, gzip.decompress), (".zst", zstd.compress, zstd.decompress)],
)
def test_a_compressed_checkpoint_is_read_and_written_back_in_its_kind(store, backend, ending, packed, unpacked):
    store.write(CHECKPOINT + ending, packed(ONE.encode()))
    assert backend.load(NAME) == ONE
    assert backend.list_stacks() == [NAME]
    backend.save(NAME, TWO)
    assert unpacked(store.read(CHECKPOINT + ending)) == TWO.encode()
    assert unpacked(store.read(CHECKPOINT + ending + ".bak")) == ONE.encode()
    assert store.read(CHECKPOINT) is None
    DiyBackend(store, Compression.NONE).save(NAME, ONE)
    assert store.read(CHECKPOINT) == ONE.encode()
    assert store.read(CHECKPOINT + ending) is None


def test_pulumis_variables_choose_the_compression():
    assert compression_wanted({}) is None
    assert compression_wanted({"PULUMI_DIY_BACKEND_GZIP": "true"}) is Compression.GZIP
    assert compression_wanted({"PULUMI_DIY_BACKEND_ZSTD": "1"}) is Compression.ZSTD
    with pytest.raises(ConfigError, match="both"):
        compression_wanted({"PULUMI_DIY_BACKEND_GZIP": "1", "PULUMI_DIY_BACKEND_ZSTD": "1"})


def test_a_damaged_archive_names_the_file_and_the_bak(store, backend):
    store.write(CHECKPOINT + ".gz", gzip.compress(ONE.encode())[:-9])
    with pytest.raises(StateError, match=r"dev\.json\.gz: cannot be unpacked") as raised:
        backend.load(NAME)
    assert ".bak" in (raised.value.hint or "")


def test_the_history_is_read_newest_first(backend):
    backend.record_update(NAME, {"kind": "update", "startTime": 5, "endTime": 7, "resourceChanges": {"create": 2}})
    backend.record_update(NAME, {"kind": "destroy", "startTime": 8, "result": "failed", "message": "m"})
    second, first = backend.read_history(NAME)
    assert (first.version, first.kind, first.started_s, first.ended_s) == (1, "update", 5, 7)
    assert first.changes == {"create": 2}
    assert (second.version, second.kind, second.result, second.message) == (2, "destroy", "failed", "m")


def test_removing_a_stack_leaves_nothing_of_it_and_all_of_its_neighbours(store, backend):
    neighbour = StackName("proj", "dev2")
    for name in (NAME, neighbour):
        backend.save(name, ONE)
        backend.back_up(name)
        backend.record_update(name, {"kind": "update", "startTime": 1})
    with backend.lock(NAME):
        backend.remove_stack(NAME)
    left = [stored.key for stored in store.list_objects(".pulumi/")]
    assert [key for key in left if "/dev/" in key or "/dev." in key] == []
    assert backend.list_stacks() == [neighbour]
    assert len(backend.read_history(neighbour)) == 1


def test_a_renamed_stack_takes_its_history_along(store, backend):
    backend.save(NAME, ONE)
    backend.record_update(NAME, {"kind": "update", "startTime": 1})
    new = StackName("proj", "prod")
    with backend.lock(NAME):
        backend.rename_stack(NAME, new, TWO)
    assert backend.list_stacks() == [new]
    assert backend.load(new) == TWO
    assert len(backend.read_history(new)) == 1
    assert backend.read_history(NAME) == []
    assert store.read(CHECKPOINT + ".bak") == ONE.encode()
    backend.save(NAME, ONE)
    with pytest.raises(StateError, match="already"):
        backend.rename_stack(NAME, new, ONE)


def test_one_of_two_gets_the_lock_and_the_other_reads_who_has_it(store, backend):
    other = DiyBackend(store)
    with backend.lock(NAME) as notices:
        assert notices == []
        with pytest.raises(StateLockedError, match=rf"pid {os.getpid()}\) since {datetime.now(UTC):%Y}"):
            other.lock(NAME).__enter__()
        (holder,) = other.list_locks(NAME)
        assert (holder.pid, holder.host, holder.running) == (os.getpid(), socket.gethostname(), True)
        with other.lock(StackName("proj", "elsewhere")):
            pass
    assert store.list_objects(LOCKS) == []
    with other.lock(NAME):
        pass


def test_a_lock_of_the_cli_is_a_lock_and_ours_is_one_for_the_cli(store, backend):
    content = {"pid": 1, "username": "ana", "hostname": "far", "timestamp": "2026-01-02T03:04:05.678901234Z"}
    store.write(f"{LOCKS}/5f0c.json", json.dumps(content).encode())
    with pytest.raises(StateLockedError, match=r"ana@far \(pid 1\) since 2026-01-02 03:04:05"):
        backend.lock(NAME).__enter__()
    assert [str(holder) for holder in backend.break_locks(NAME)] == ["ana@far (pid 1)"]
    with backend.lock(NAME):
        for stored in store.list_objects(LOCKS):
            assert {"pid", "username", "hostname", "timestamp"} <= set(json.loads(store.read(stored.key)))


def test_the_lock_of_a_process_that_is_no_more_is_removed_with_a_notice(tmp_path):
    store = FolderStore(tmp_path)
    backend = DiyBackend(store)
    killed = subprocess.run(
        [sys.executable, "-c", DIE_WITH_THE_LOCK, store.describe("")], capture_output=True, text=True
    )
    assert killed.returncode == 9, killed.stderr
    assert [holder.running for holder in backend.list_locks(NAME)] == [False]
    with backend.lock(NAME) as notices:
        assert len(notices) == 1
        assert f"(pid {killed.stdout.strip()}) was removed" in notices[0]


def test_a_lock_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    store = FolderStore(tmp_path)

    def killed(*_arguments) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        DiyBackend(store).lock(NAME).__enter__()
    monkeypatch.undo()
    assert store.list_objects(LOCKS) == []
    with DiyBackend(store).lock(NAME) as notices:
        assert notices == []


def test_a_lock_of_another_machine_with_our_host_name_is_not_taken_for_ours(store, backend):
    content = {"pid": 2**22 + 1, "username": "ana", "hostname": socket.gethostname(), "machine": "another"}
    store.write(f"{LOCKS}/x.json", json.dumps(content).encode())
    with pytest.raises(StateLockedError) as raised:
        backend.lock(NAME).__enter__()
    assert "hubwright cancel" in (raised.value.hint or "")


def test_a_run_whose_lock_was_broken_writes_nothing_more(store, backend):
    backend.save(NAME, ONE)
    with backend.lock(NAME):
        DiyBackend(store).break_locks(NAME)
        with pytest.raises(StateLockedError, match="was broken"):
            backend.save(NAME, TWO)
        with pytest.raises(StateLockedError, match="was broken"):
            backend.open_journal(NAME, ONE, b"")
        with DiyBackend(store).lock(NAME) as notices:
            assert notices == []
    assert backend.load(NAME) == ONE


def test_a_marked_checkpoint_without_its_journal_is_refused_and_never_becomes_the_bak(store, backend):
    backend.save(NAME, ONE)
    store.write(CHECKPOINT, mark(TWO, "gone", "x").encode())
    for read in (backend.load, lambda name: backend.lock(name).__enter__()):
        with pytest.raises(StateError, match="a journal completes this state, and it is not there") as raised:
            read(NAME)
        assert ".bak" in (raised.value.hint or "")
        backend.break_locks(NAME)
    backend.save(NAME, TWO)
    assert store.read(CHECKPOINT + ".bak") is None
