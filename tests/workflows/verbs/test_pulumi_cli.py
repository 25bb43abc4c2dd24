"""Both engines behind one surface: the real Pulumi CLI, where it is, on a project of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from hubwright.core.errors import HubwrightError, StackNotFoundError
from hubwright.engine.events import Operation, Summary, UpdateStarted
from hubwright.engine.options import RunOptions
from hubwright.engine.property_values import Secret
from hubwright.workflows.config import ConfigValue, get_config, list_config, set_config
from hubwright.workflows.project import find_project
from hubwright.workflows.stack import chosen_stack, init_stack, list_stacks, read_history, remove_stack
from hubwright.workflows.state import list_resources, protect_resources, rename_in_state, show_resource
from hubwright.workflows.target import DeployTarget, open_engine

NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-random")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}"),
]
CHECKOUT = Path(__file__).resolve().parents[3]
EVERYTHING = RunOptions()
PROGRAM = """\
import pulumi
import pulumi_random as random
size = int(pulumi.Config().get("size") or 8)
first = random.RandomBytes("first", length=size)
second = random.RandomBytes("second", length=8, opts=pulumi.ResourceOptions(depends_on=[first]))
pulumi.export("size", size)
pulumi.export("hidden", first.hex)
"""
FIRST = "urn:pulumi:dev::proj::random:index/randomBytes:RandomBytes::first"


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project):
    """The same stack for either engine, in one file backend."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    (tmp_path / "state").mkdir()
    monkeypatch.setattr("hubwright.engine.state.passphrase._ITERATIONS", 1_000_000)
    for name in ("PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"):
        monkeypatch.setenv(name, "true")
    (project.folder / "Pulumi.yaml").write_text(
        "name: proj\nmain: stacks/\nstackConfigDir: stacks/\n"
        f"runtime:\n  name: python\n  options:\n    toolchain: uv\n    virtualenv: {Path(sys.prefix)}\n"
    )
    shutil.copy(CHECKOUT / "uv.lock", project.folder)
    (project.folder / "stacks" / "__main__.py").write_text(PROGRAM)
    found = find_project(project.folder)
    return {name: DeployTarget(found, "dev", name, None, None) for name in ("pulumi", "embedded")}


def run(target, verb, options=EVERYTHING):
    events = []
    engine = open_engine(target, events.append)
    return getattr(engine, verb)(options), events, engine


def test_each_engine_takes_over_what_the_other_did(both):
    init_stack(both["pulumi"])
    assert chosen_stack(both["pulumi"].project) == "dev"
    made, events, engine = run(both["pulumi"], "up")
    assert made.counts[Operation.CREATE] == 3
    assert isinstance(events[0], UpdateStarted)
    assert isinstance(events[-1], Summary)
    assert engine.outputs()["size"] == 8
    assert isinstance(engine.outputs()["hidden"], Secret) == isinstance(
        run(both["embedded"], "preview")[2].outputs()["hidden"], Secret
    )
    assert not run(both["embedded"], "preview")[0].changes

    set_config(both["embedded"], "size", ConfigValue("16"), by_path=False, warn=lambda _: None)
    for target in both.values():
        found, _events, _engine = run(target, "preview")
        assert (found.counts[Operation.REPLACE], found.changes) == (1, True)
        (step,) = [step for step in found.steps if step.operation is Operation.REPLACE]
        assert step.replaced_by == ("length",)
        assert [(diff.path, diff.old, diff.new) for diff in step.diff] == [("length", 8, 16)]
    run(both["embedded"], "up")
    assert not run(both["pulumi"], "preview")[0].changes
    gone, _events, _engine = run(both["pulumi"], "destroy")
    assert gone.counts[Operation.DELETE] >= 3


def test_the_verbs_say_the_same_with_both(both):
    pulumi, embedded = both["pulumi"], both["embedded"]
    init_stack(embedded)
    run(pulumi, "up")
    assert [i["urn"] for i in list_resources(pulumi)] == [i["urn"] for i in list_resources(embedded)]
    protect_resources(pulumi, [FIRST], protect=True)
    assert show_resource(embedded, FIRST, show_secrets=False)["protect"]
    protect_resources(embedded, [FIRST], protect=False)
    rename_in_state(embedded, FIRST, "third")
    assert not show_resource(pulumi, FIRST.replace("::first", "::third"), show_secrets=False)["protect"]
    set_config(pulumi, "password", ConfigValue("hunter2", secret=True), by_path=False, warn=lambda _: None)
    assert get_config(embedded, "password", by_path=False) == "hunter2"
    assert get_config(pulumi, "password", by_path=False) == "hunter2"
    assert list_config(pulumi, show_secrets=False) == list_config(embedded, show_secrets=False)
    assert [i["name"] for i in list_stacks(pulumi)] == [i["name"] for i in list_stacks(embedded)] == ["dev"]
    assert len(read_history(pulumi)) == len(read_history(embedded)) == 1
    with pytest.raises(HubwrightError, match="resources"):
        remove_stack(pulumi, lambda: None, force=False, preserve_config=True, remove_backups=False)


def test_a_missing_stack_keeps_the_exit_code(both):
    with pytest.raises(HubwrightError) as raised:
        run(DeployTarget(both["pulumi"].project, "nope", "pulumi", None, None), "preview")
    assert raised.value.exit_code in (StackNotFoundError.exit_code, 255, 1)
    assert "nope" in raised.value.message
