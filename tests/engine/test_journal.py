"""The journal of a running update: cut anywhere it gives a valid state, whole it gives the state that was saved."""

from __future__ import annotations

import json
import zlib

import pulumi
import pytest
from pulumi import ResourceOptions

from hubwright.core.errors import ApiError, StateError
from hubwright.engine.snapshot import Snapshot
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.checkpoint import StoredCheckpoint
from hubwright.engine.state.checkpoint_file import is_marked, journal_of
from hubwright.engine.state.diy_backend import DiyBackend
from hubwright.engine.state.file_backend import FileBackend
from hubwright.engine.state.folder_store import FolderStore
from tests.engine.cloud import PASSPHRASE, StackUnderTest, Thing

NAME = StackName("proj", "dev")
CHECKPOINT = ".pulumi/stacks/proj/dev.json"


class KeepingStore(FolderStore):
    """Keeps what a run wrote to its journal, and the checkpoint that the journal completes."""

    def __init__(self, root):
        super().__init__(root)
        self.runs: list[tuple[bytes, str, bytes]] = []
        self.marked: dict[str, bytes] = {}

    def delete_log(self, key):
        if (journal := self.read_log(key)) is not None:
            self.runs.append((self.marked[key.rpartition("/")[2]], key, journal))
        super().delete_log(key)

    def write(self, key, data):
        if key == CHECKPOINT and is_marked(data.decode()):
            self.marked[str(journal_of(json.loads(data)))] = data
        super().write(key, data)


def first():
    parent = pulumi.ComponentResource("my:index:Group", "group")
    a = Thing("a", size=1, opts=ResourceOptions(parent=parent))
    Thing("b", size=a.address, key=pulumi.Output.secret("s3cret"))
    Thing("gone", fixed=1)
    Thing("replaced", fixed=1)
    Thing("first-deleted", fixed=1, opts=ResourceOptions(delete_before_replace=True))
    Thing("old-name", name="stays")
    parent.register_outputs({"x": 1})
    pulumi.export("address", a.address)


def second():
    parent = pulumi.ComponentResource("my:index:Group", "group")
    a = Thing("a", size=2, opts=ResourceOptions(parent=parent))
    Thing("b", size=a.address, key=pulumi.Output.secret("s3cret"))
    Thing("replaced", fixed=2)
    Thing("first-deleted", fixed=2, opts=ResourceOptions(delete_before_replace=True))
    Thing("new-name", name="stays", opts=ResourceOptions(aliases=[pulumi.Alias(name="old-name")]))
    parent.register_outputs({"x": 2})
    pulumi.export("address", a.address)


def decoded(text: str) -> Snapshot:
    return StoredCheckpoint(text, source="dev.json", passphrase=lambda: PASSPHRASE).snapshot()


def deployment(text: str) -> dict:
    latest = json.loads(text)["checkpoint"]["latest"]
    return {key: latest.get(key) for key in ("resources", "pending_operations", "secrets_providers")}


@pytest.fixture
def runs(stack: StackUnderTest):
    """The journals of a creating, a changing, a failing and a destroying run, each with the state saved after it."""
    store = KeepingStore(stack.folder)
    backend = DiyBackend(store)
    saved = []
    stack.up(first, backend=backend)
    saved.append(stack.file.read_text())
    stack.up(second, backend=backend)
    saved.append(stack.file.read_text())
    stack.cloud.failing["delete", "replaced"] = ApiError("down", status=503)
    with pytest.raises(ApiError):
        stack.open(second, backend=backend).destroy()
    saved.append(stack.file.read_text())
    stack.cloud.failing.clear()
    stack.open(second, backend=backend).destroy()
    saved.append(stack.file.read_text())
    assert len(store.runs) == 4
    return [(*run, text) for run, text in zip(store.runs, saved, strict=True)]


def test_a_whole_journal_gives_the_state_that_was_saved(runs, tmp_path):
    for marked, key, journal, saved in runs:
        store = FolderStore(tmp_path / "again")
        store.write(CHECKPOINT, marked)
        store.write(key, journal)
        assert deployment(DiyBackend(store).load(NAME) or "") == deployment(saved)


def test_a_journal_cut_at_any_byte_gives_a_valid_state_that_only_goes_forward(runs, tmp_path):
    store = FolderStore(tmp_path / "again")
    for marked, key, journal, _saved in runs:
        store.write(CHECKPOINT, marked)
        states = []
        for length in range(len(journal) + 1):
            store.write(key, journal[:length]) if length % 97 == 0 or journal[length - 2 : length].count(
                b"\n"
            ) else None
            if store.read(key) != journal[:length]:
                continue
            text = FileBackend(tmp_path / "again").load(NAME) or ""
            if text not in states:
                decoded(text)
                states.append(text)
        assert len(states) > journal.count(b"\n") // 2


def test_what_a_journal_lost_in_the_middle_is_not_read_over(runs, tmp_path):
    marked, key, journal, _saved = runs[0]
    store = FolderStore(tmp_path / "again")
    store.write(CHECKPOINT, marked)
    lines = journal.splitlines(keepends=True)
    store.write(key, b"".join([*lines[:2], lines[2].replace(b"urn", b"nru", 1), *lines[3:]]))
    with pytest.raises(StateError, match="journal of an interrupted update is damaged: line 3"):
        DiyBackend(store).load(NAME)
    store.write(key, b"".join([*lines[:2], *lines[4:]]))
    with pytest.raises(StateError, match="do not fit the checkpoint"):
        DiyBackend(store).load(NAME)


def test_no_secret_is_in_a_journal_and_every_line_carries_its_checksum(runs):
    for _marked, _key, journal, _saved in runs:
        assert b"s3cret" not in journal
        for line in journal.splitlines():
            assert int(line[:8], 16) == zlib.crc32(line[9:])
    assert sum(journal.count(b"ciphertext") for _marked, _key, journal, _saved in runs)


def test_while_an_update_runs_the_checkpoint_alone_is_refused_by_pulumi_and_read_whole_by_us(stack: StackUnderTest):
    stack.up(first)
    seen = []

    def look(operation: str, name: str) -> None:
        document = json.loads(stack.file.read_text())
        text = FileBackend(stack.folder).load(NAME) or ""
        seen.append((operation, name, document, decoded(text)))

    stack.cloud.on_call = look
    stack.up(second)
    for _operation, name, document, snapshot in seen:
        assert document["version"] == 4
        assert "run `hubwright up`" in document["features"][0]
        assert name in {operation.record.urn.rsplit("::", 1)[-1] for operation in snapshot.pending_operations}
    assert json.loads(stack.file.read_text())["version"] == 3
    assert json.loads(stack.file.with_name("dev.json.bak").read_text())["version"] == 3
    assert not list((stack.folder / ".pulumi" / "journals").rglob("*-*"))


def test_a_run_that_changes_nothing_writes_nothing(stack: StackUnderTest):
    stack.up(first)
    before = stack.file.stat().st_mtime_ns, stack.file.read_text()
    stack.up(first)
    assert (stack.file.stat().st_mtime_ns, stack.file.read_text()) == before


def test_a_journal_that_has_grown_is_folded_into_the_checkpoint_in_mid_update(stack: StackUnderTest, monkeypatch):
    monkeypatch.setattr("hubwright.engine.state.change_log._GROWN_BYTES", 3000)
    store = KeepingStore(stack.folder)
    backend = DiyBackend(store)
    for program in (first, second):
        stack.up(program, backend=backend)
    assert len(store.runs) > 4
    whole = stack.file.read_text()
    for marked, key, journal in store.runs:
        store.write(CHECKPOINT, marked)
        store.write(key, journal)
        decoded(backend.load(NAME) or "")
        super(KeepingStore, store).delete_log(key)
    store.write(CHECKPOINT, whole.encode())
    assert not stack.up(second, backend=backend).changes
