"""`--parallel`: how many operations run at one time."""

from __future__ import annotations

import os
import threading

import pytest

from tests.engine.cloud import StackUnderTest, Thing


def test_independent_operations_run_side_by_side(stack: StackUnderTest):
    together = threading.Barrier(3, timeout=10)
    stack.cloud.on_call = lambda _operation, name: None if name == "root" else together.wait() and None

    def program():
        root = Thing("root")
        for name in "xyz":
            Thing(name, peer=root.address)

    stack.up(program)
    assert stack.cloud.changes()[0] == "create root"
    stack.destroy()
    assert stack.cloud.changes()[-1] == "delete root"


@pytest.mark.parametrize("verb", ["up", "destroy"])
def test_one_at_a_time(stack: StackUnderTest, verb):
    def program():
        for number in range(8):
            Thing(f"t{number}")

    running, most = [], []

    def watch(_operation, name):
        running.append(name)
        most.append(len(running))
        threading.Event().wait(0.005)
        running.remove(name)

    if verb == "destroy":
        stack.up(program)
    stack.cloud.on_call = watch
    getattr(stack.open(lambda: program(), parallel=1), verb)()
    assert max(most) == 1
    assert len(most) == 8


def test_four_for_each_cpu_unless_told_otherwise(stack: StackUnderTest):
    assert stack.open(lambda: None, parallel=None)._options.workers == 4 * (os.cpu_count() or 1)
