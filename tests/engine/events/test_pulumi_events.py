"""Pulumi's engine events, as its CLI writes them, read into ours."""

from __future__ import annotations

import itertools

from pulumi.automation.events import EngineEvent

from hubwright.engine.events import (
    Diagnostic,
    Operation,
    Outcome,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceStarted,
    Summary,
    UpdateKind,
    UpdateStarted,
)
from hubwright.engine.pulumi_events import PulumiEventReader

URN = "urn:pulumi:dev::tiny::random:index/randomPet:RandomPet::pet"
STACK = "urn:pulumi:dev::tiny::pulumi:pulumi:Stack::tiny-dev"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def state(**inputs):
    return {"type": "t", "urn": URN, "id": "", "parent": STACK, "provider": "", "inputs": inputs, "outputs": inputs}


def metadata(op, old=None, new=None, urn=URN, **more):
    kind = urn.rsplit("::", 2)[1]
    return {"metadata": {"op": op, "urn": urn, "type": kind, "old": old, "new": new, "provider": "", **more}}


def read(kind, *bodies, stopping=False):
    found = []
    ticks = itertools.count()
    reader = PulumiEventReader(kind, "tiny", "dev", found.append, clock_s=lambda: float(next(ticks)))
    reader.stopping = stopping
    for number, body in enumerate(bodies):
        reader.read(EngineEvent.from_json({"sequence": number, "timestamp": 0, **body}))
    return found, reader


def summary(**changes):
    return {"summaryEvent": {"durationSeconds": 3, "resourceChanges": changes}}


def diagnostic(message, severity, urn=None):
    return {"diagnosticEvent": {"message": message, "severity": severity, "color": "raw", "urn": urn}}


def test_a_replacement_is_one_step_and_its_old_half():
    old, new = state(length=2), state(length=UNKNOWN)
    diff = {"keys": ["length"], "detailedDiff": {"length": {"diffKind": "update-replace", "inputDiff": True}}}
    steps = [metadata("create-replacement", old, new, **diff), metadata("replace", old, new, **diff)]
    steps.append(metadata("delete-replaced", old))
    found, reader = read(
        UpdateKind.PREVIEW, *({"resourcePreEvent": body} for body in steps), summary(replace=1, same=2)
    )
    planned = [event.step for event in found if isinstance(event, ResourcePlanned)]
    assert [step.operation for step in planned] == [Operation.REPLACE, Operation.DELETE_REPLACED]
    assert planned[0].replaced_by == ("length",)
    assert [(d.path, d.old, d.new) for d in planned[0].diff] == [("length", 2, "(known after up)")]
    assert reader.summary.counts == {Operation.REPLACE: 1, Operation.SAME: 2}


def test_an_update_tells_begin_end_and_time():
    body = metadata("create", None, state(length=2))
    found, _ = read(UpdateKind.UP, {"resourcePreEvent": body}, {"resOutputsEvent": body}, summary(create=1))
    assert [type(event) for event in found] == [UpdateStarted, ResourceStarted, ResourceDone, Summary]
    assert found[2].duration_s == 1.0


def test_a_failure_has_the_words_of_its_diagnostic():
    body = metadata("create", None, state())
    found, _ = read(
        UpdateKind.UP,
        {"resourcePreEvent": body},
        diagnostic("<{%reset%}>quota is used up<{%reset%}>\n", "error", URN),
        {"resOpFailedEvent": {**body, "status": 0, "steps": 0}},
        summary(),
    )
    (failure,) = [event for event in found if isinstance(event, ResourceFailed)]
    assert failure.error.message == "quota is used up"
    assert (found[-1].failed, found[-1].outcome) == (1, Outcome.FAILED)


def test_a_refresh_says_what_it_found():
    gone = metadata("refresh", state(a=1), None)
    drifted = metadata(
        "refresh", state(a=1), state(a=2), detailedDiff={"a": {"diffKind": "update", "inputDiff": False}}
    )
    same = metadata("refresh", state(a=1), state(a=1))
    for body, operation in ((gone, Operation.DELETE), (drifted, Operation.UPDATE), (same, Operation.SAME)):
        found, _ = read(UpdateKind.PREVIEW_REFRESH, {"resourcePreEvent": body}, {"resOutputsEvent": body})
        assert [event.step.operation for event in found if isinstance(event, ResourcePlanned)] == [operation]


def test_default_providers_and_debugging_are_left_out_and_nothing_is_said_twice():
    provider = "urn:pulumi:dev::tiny::pulumi:providers:random::default_4_21_4"
    warning = diagnostic("using it from $PATH", "warning")
    found, _ = read(
        UpdateKind.UP,
        {"resourcePreEvent": metadata("create", None, state(), urn=provider)},
        diagnostic("detail", "debug"),
        warning,
        warning,
    )
    assert [type(event) for event in found] == [UpdateStarted, Diagnostic]


def test_the_traceback_of_a_stopped_program_is_not_news():
    found, reader = read(UpdateKind.UP, diagnostic("KeyboardInterrupt", "info#err"), summary(), stopping=True)
    assert [type(event) for event in found] == [UpdateStarted, Summary]
    assert reader.summary.outcome is Outcome.CANCELLED
