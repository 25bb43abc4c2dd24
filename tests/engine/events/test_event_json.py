"""Events as JSON lines: held to our schema, and read back by Pulumi's own SDK."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from pulumi.automation.events import EngineEvent as PulumiEvent

from hubwright.core.errors import ConfigError
from hubwright.engine.event_json import EventFormatter, event_schema
from hubwright.engine.events import Summary, UpdateKind
from hubwright.engine.pulumi_events import PulumiEventReader


def lines_of(events) -> list[dict]:
    formatter = EventFormatter(lambda: 1_700_000_000.5)
    # Through text: what a reader of the stream gets.
    return [json.loads(json.dumps(line)) for event in events for line in formatter.format(event)]


@pytest.fixture(params=["preview", "failed_update", "unchanged"])
def run(request):
    return request.getfixturevalue(request.param)


def test_every_line_fits_the_schema(run):
    validator = jsonschema_rs.validator_for(event_schema())
    for line in lines_of(run):
        validator.validate(line)


def test_the_schema_refuses_what_is_not_an_event(preview):
    validator = jsonschema_rs.validator_for(event_schema())
    line = lines_of(preview)[1]
    for broken in ({**line, "type": "cancelEvent"}, {**line, "extra": 1}, {**line, "version": 2}):
        assert not validator.is_valid(broken)


def test_lines_are_numbered_and_name_their_type(run):
    lines = lines_of(run)
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert all(line["type"] in line and line["version"] == 1 for line in lines)
    assert lines[-1]["type"] == "cancelEvent"


def test_no_secret_is_in_any_line(preview):
    text = json.dumps(lines_of(preview))
    assert "[secret]" in text
    assert '"old": "a"' not in text


def test_pulumis_sdk_reads_them_and_finds_the_same(preview):
    """Differential: written by us, parsed by Pulumi's Automation API, and translated back as its events are."""
    found = []
    reader = PulumiEventReader(UpdateKind.PREVIEW, "hubwright", "local", found.append)
    for line in lines_of(preview):
        reader.read(PulumiEvent.from_json(line))
    assert isinstance(found[-1], Summary)
    assert found[-1].counts == preview[-1].counts

    def planned(events):
        return [
            (e.step.operation, e.step.urn, e.step.parent, e.step.replaced_by, [(d.path, d.kind) for d in e.step.diff])
            for e in events
            if hasattr(e, "step") and e.step.operation != "replace"
        ]

    assert planned(found) == planned(preview)


def test_an_error_that_ends_the_command_is_a_diagnostic_with_its_exit_code():
    line = EventFormatter(lambda: 0).format_error(ConfigError("x.yaml:3: wrong", hint="right it"))
    assert line["diagnosticEvent"]["severity"] == "error"
    assert line["error"] == {"code": "config", "exitCode": 2, "hint": "right it"}
    jsonschema_rs.validator_for(event_schema()).validate(line)
