"""Whole-file writes: all or nothing, private, nothing left beside the file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hubwright.adapters import files
from hubwright.adapters.files import replace_file


def test_a_file_is_made_with_its_folders_and_is_private(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "kubeconfig"
    replace_file(target, "text", durable=True)
    assert target.read_text() == "text"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_failed_write_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target = tmp_path / "state.json"
    replace_file(target, "old")

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, call, fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(target, b"new", durable=True)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
