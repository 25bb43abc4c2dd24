"""The loop that runs a workflow's steps."""

from __future__ import annotations

import pytest

from hubwright.workflows.steps import Step, run_steps


class Recorder:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def start(self, step: str) -> None:
        self.said.append(("start", step))

    def update(self, step: str, message: str) -> None:
        self.said.append(("update", step))

    def done(self, step: str, message: str = "") -> None:
        self.said.append(("done", step))

    def fail(self, step: str, message: str = "") -> None:
        self.said.append(("fail", step))


def test_steps_run_in_order_and_are_numbered() -> None:
    ran: list[str] = []
    recorder = Recorder()
    timings = run_steps([Step("a", lambda: ran.append("a")), Step("b", lambda: ran.append("b"))], recorder)
    assert ran == ["a", "b"]
    assert [timing.title for timing in timings] == ["a", "b"]
    assert recorder.said == [("start", "[1/2] a"), ("done", "[1/2] a"), ("start", "[2/2] b"), ("done", "[2/2] b")]


def test_the_first_error_ends_the_run() -> None:
    def break_down() -> None:
        raise RuntimeError("no")

    recorder = Recorder()
    with pytest.raises(RuntimeError):
        run_steps([Step("a", break_down), Step("b", lambda: None)], recorder)
    assert recorder.said == [("start", "[1/2] a"), ("fail", "[1/2] a")]
