"""States in an object storage: addresses, racing writers, lost connections, refused credentials."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from hubwright.adapters.object_storage import BucketAddress, BucketStore, parse_bucket_url
from hubwright.core.errors import AuthenticationError, ConfigError, StateError, UnsupportedError
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.changes import Numbering, header_line
from hubwright.engine.state.checkpoint_file import write_document
from hubwright.engine.state.open_backend import open_backend
from tests.engine.cloud import StackUnderTest, Thing

NAME = StackName("proj", "dev")
TEXT = write_document(NAME.full, {})
RACE = """
import sys, time
from hubwright.core.errors import StateLockedError
from hubwright.engine.state.backend import StackName
from hubwright.engine.state.open_backend import open_backend
backend, won = open_backend(sys.argv[1], {}), 0
backend.load(StackName("proj", "dev"))
sys.stdin.readline()
for turn in range(20):
    try:
        with backend.lock(StackName("proj", "dev")):
            entered = time.monotonic()
            time.sleep(0.01)
            print(entered, time.monotonic())
    except StateLockedError:
        pass
"""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://b", BucketAddress("b")),
        ("s3://b/a/c/?region=gra", BucketAddress("b", "a/c/", region="gra")),
        (
            "s3://b?endpoint=s3.gra.io.cloud.ovh.net&s3ForcePathStyle=true&profile=p&awssdk=v2",
            BucketAddress("b", "", "https://s3.gra.io.cloud.ovh.net", None, "p", True, "when_required"),
        ),
        (
            "s3://b?endpoint=h:9000&disableSSL=true&request_checksum_calculation=when_supported",
            BucketAddress("b", "", "http://h:9000", None, None, False, "when_supported"),
        ),
    ],
)
def test_addresses_are_read_as_pulumi_reads_them(url, address):
    assert parse_bucket_url(url) == address


@pytest.mark.parametrize(("url", "what"), [("s3://b?colour=red", "colour"), ("s3://b?disableSSL=perhaps", "perhaps")])
def test_what_an_address_does_not_have_is_named(url, what):
    with pytest.raises(ConfigError, match=what):
        parse_bucket_url(url)


def test_the_kind_of_backend_is_chosen_by_the_address(tmp_path):
    open_backend(f"file://{tmp_path}", {}).save(NAME, TEXT)
    assert (tmp_path / ".pulumi/stacks/proj/dev.json").exists()
    with pytest.raises(UnsupportedError, match="gs://"):
        open_backend("gs://b", {})


@pytest.mark.contract
def test_an_update_keeps_its_state_in_the_bucket_and_goes_on_from_it(stack: StackUnderTest, bucket_url):
    backend = open_backend(bucket_url, {})

    def program(size):
        return lambda: Thing("b", size=Thing("a", size=size).address) and None

    stack.up(program(1), backend=backend)
    assert stack.up(program(2), backend=backend).counts["update"] == 1
    assert not stack.preview(program(2), backend=open_backend(bucket_url, {})).changes
    assert backend.list_stacks() == [NAME]
    assert len(backend.read_history(NAME)) == 2
    assert not stack.file.exists()


@pytest.mark.contract
@pytest.mark.parametrize("knows_conditions", [True, False])
def test_of_two_racing_processes_never_both_hold_the_lock(storage, bucket_url, knows_conditions):
    storage.fault = lambda _method, _path: None if knows_conditions else "unconditional"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, bucket_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    spans = []
    for racer in racers:
        output, _ = racer.communicate(timeout=120)
        assert racer.returncode == 0
        spans += [tuple(map(float, line.split())) for line in output.splitlines()]
    assert spans or not knows_conditions
    spans.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.contract
def test_the_gate_lets_one_of_many_through(bucket_url):
    store = BucketStore(parse_bucket_url(bucket_url))
    assert [store.create("gate", data) for data in (b"one", b"two", b"one")] == [True, False, True]
    assert store.read("gate") == b"one"


@pytest.mark.contract
@pytest.mark.parametrize("fault", ["500", "drop", "act and drop"])
def test_a_request_that_fails_on_the_way_is_made_again(storage, bucket_url, fault):
    backend = open_backend(bucket_url, {})
    hit: set[tuple[str, str]] = set()
    lock = threading.Lock()

    def once(method, path):
        with lock:
            fresh = (method, path) not in hit and method in ("PUT", "DELETE")
            hit.add((method, path))
        return fault if fresh else None

    storage.fault = once
    with backend.lock(NAME):
        backend.save(NAME, TEXT)
        journal = backend.open_journal(NAME, TEXT, header_line(Numbering([], [])))
        journal.append(b"")
    storage.fault = lambda _method, _path: None
    assert backend.load(NAME) == TEXT
    assert backend.list_locks(NAME) == []


@pytest.mark.contract
def test_a_storage_that_stays_down_is_an_error_that_names_the_object(storage, bucket_url, monkeypatch):
    monkeypatch.setattr("hubwright.adapters.object_storage._TRIES", 2)
    backend = open_backend(bucket_url, {})
    backend.save(NAME, TEXT)
    storage.fault = lambda method, _path: "500" if method == "PUT" else None
    with pytest.raises(StateError, match=r"s3://states/team/\d+/\.pulumi/.*dev\.json.*: cannot be written") as raised:
        backend.save(NAME, TEXT)
    assert "s3.amazonaws" not in raised.value.message
    storage.fault = lambda _method, _path: "403"
    with pytest.raises(AuthenticationError, match="HTTP 403"):
        backend.load(NAME)
    storage.fault = lambda _method, _path: None
    assert backend.load(NAME) == TEXT


@pytest.mark.contract
def test_a_bucket_that_is_not_there_and_credentials_that_are_not_there(storage, monkeypatch):
    missing = storage.url("x").replace("s3://states", "s3://nowhere")
    with pytest.raises(StateError, match="NoSuchBucket") as raised:
        open_backend(missing, {}).load(NAME)
    assert raised.value.hint == "make the bucket first"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AuthenticationError) as refused:
        open_backend(storage.url("x"), {}).load(NAME)
    assert "AWS_PROFILE" in (refused.value.hint or "")
    assert urlsplit(missing).scheme == "s3"
