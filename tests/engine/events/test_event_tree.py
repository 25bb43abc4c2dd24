"""A run as a tree: what changes, below its ancestors, and the counts."""

from __future__ import annotations

import random

import pytest

from hubwright.engine.event_tree import render_run
from hubwright.engine.events import Operation, ResourceDone, ResourceStarted, Summary, UpdateKind, UpdateStarted
from tests.engine.events.conftest import KUBE, STACK, step


@pytest.mark.parametrize("show_diff", [False, True])
def test_a_preview(preview, show_diff, snapshot):
    assert "\n".join(render_run(preview, show_diff=show_diff)) == snapshot


@pytest.mark.parametrize("show_diff", [False, True])
def test_an_update_that_failed(failed_update, show_diff, snapshot):
    assert "\n".join(render_run(failed_update, show_diff=show_diff)) == snapshot


def test_a_run_without_changes_is_its_counts(unchanged):
    assert render_run(unchanged) == ["no changes, 1 unchanged"]


def test_what_was_never_finished_is_interrupted():
    events = [UpdateStarted(UpdateKind.UP, "p", "s"), ResourceStarted(step(Operation.CREATE, KUBE))]
    assert render_run(events) == ["+  ovh:CloudProject/kube:Kube kube  interrupted"]


def test_the_text_does_not_depend_on_the_order_in_which_siblings_come(preview):
    expected = render_run(preview)
    middle = preview[1:-1]
    for seed in range(5):
        random.Random(seed).shuffle(middle)
        assert render_run([preview[0], *middle, preview[-1]]) == expected


def test_an_ancestor_that_no_event_names_is_still_drawn():
    events = [ResourceDone(step(Operation.CREATE, KUBE, STACK), 1.0), Summary(UpdateKind.UP, {Operation.CREATE: 1})]
    assert render_run(events)[:2] == [
        "   pulumi:pulumi:Stack hubwright-local",
        "+  └─ ovh:CloudProject/kube:Kube kube  created (1.0 s)",
    ]
