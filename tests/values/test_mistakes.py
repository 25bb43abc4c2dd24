"""Recorded mistakes: each file of tests/data/mistakes holds the input and, word for word, what the user reads.

`HUBWRIGHT_RECORD=1 pytest tests/values/test_mistakes.py` writes the words anew; read them aloud before you commit them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hubwright.cli.app import app
from hubwright.core.errors import HubwrightError

CHECKOUT = Path(__file__).resolve().parents[2]
MISTAKES = sorted((CHECKOUT / "tests" / "data" / "mistakes").glob("*.txt"))
STAND_INS = CHECKOUT / "hubwright" / "sandbox" / "charts"
_SECTION = re.compile(rb"^=== (?P<name>.+)\n", re.MULTILINE)


def sections(content: bytes) -> dict[str, bytes]:
    marks = list(_SECTION.finditer(content))
    ends = [mark.start() for mark in marks[1:]] + [len(content)]
    return {mark["name"].decode(): content[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def make_chart(folder: Path, defaults: bytes) -> Path:
    folder.mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 1.0.0\n")
    (folder / "values.yaml").write_bytes(defaults)
    return folder


def told(parts: dict[str, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the user reads: the lines on stdout, then the error and its hint."""
    (folder / "Pulumi.yaml").write_text("name: p\n")
    named = next((name.removeprefix("chart: ") for name in parts if name.startswith("chart: ")), None)
    chart = STAND_INS / named if named else make_chart(folder / "app", parts["defaults"])
    arguments = ["values", "check", "--chart", str(chart)]
    for name, content in parts.items():
        if name.endswith(".yaml"):
            (folder / name).write_bytes(content)
            arguments += ["--files", name]
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, arguments)
    text = done.stdout
    if isinstance(done.exception, HubwrightError):
        assert done.exception.exit_code == 2
        text += f"error: {done.exception.message}\n"
        text += f"hint: {done.exception.hint}\n" if done.exception.hint else ""
    else:
        assert done.exit_code == 0, done.exception
    return text


def test_there_are_thirty_mistakes():
    assert len(MISTAKES) >= 30


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: file.stem)
def test_a_mistake_is_told_in_these_words(file, tmp_path, monkeypatch):
    content = file.read_bytes()
    parts = sections(content)
    text = told(parts, tmp_path, monkeypatch)
    if os.environ.get("HUBWRIGHT_RECORD"):
        file.write_bytes(content[: content.index(b"=== expected\n")] + b"=== expected\n" + text.encode())
        return
    assert text == parts["expected"].decode()
