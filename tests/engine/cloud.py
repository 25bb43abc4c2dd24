"""A cloud in memory, its provider and resource, and a stack to run small real Pulumi programs on."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from hubwright.core.errors import ResourceError
from hubwright.engine.engine import Engine, EngineOptions, RunOptions, UpdateResult
from hubwright.engine.events import Operation
from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.base import CheckFailure, CheckResult, DiffResult, ResourceState
from hubwright.engine.state.file_backend import FileBackend

PASSPHRASE = "correct horse"
THING = "cloud:index:Thing"


class Thing(pulumi.CustomResource):
    """A resource of the cloud in memory. `size` can be changed, `fixed` forces replacement, `name` is made up."""

    name: pulumi.Output[str]
    address: pulumi.Output[str]
    size: pulumi.Output[Any]
    password: pulumi.Output[str]

    def __init__(self, logical_name, opts=None, **inputs):
        outputs = {"name": None, "address": None, "size": None, "password": None}
        super().__init__(THING, logical_name, {**outputs, **inputs}, opts)


class CloudProvider(pulumi.ProviderResource):
    """An explicit provider of the cloud in memory."""

    def __init__(self, name, opts=None, **inputs):
        super().__init__("cloud", name, inputs, opts)


@dataclass
class Cloud:
    """What exists, and every call that was made, in order."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failing: dict[tuple[str, str], Exception] = field(default_factory=dict)
    on_call: Callable[[str, str], None] = field(default=lambda _operation, _name: None)
    configurations: list[dict[str, Any]] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, operation: str, urn: str) -> None:
        name = urn.rsplit("::", 1)[-1]
        with self.lock:
            self.calls.append((operation, name))
        self.on_call(operation, name)
        if (operation, name) in self.failing:
            raise self.failing[operation, name]

    def changes(self) -> list[str]:
        return [f"{operation} {name}" for operation, name in self.calls]

    def create_provider(self, inputs: dict[str, Any]) -> CloudDouble:
        self.configurations.append(inputs)
        return CloudDouble(self)


class CloudDouble:
    """The provider: strict where the real ones are, without any waiting."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def check(self, token, olds, news, name, context):
        inputs = {key: value for key, value in news.items() if value is not None}
        if "name" not in inputs:
            inputs["name"] = (olds or {}).get("name") or f"{name}-{next(self.cloud.numbers):07x}"
        failures = [CheckFailure("size", "must not be negative")] if inputs.get("size") == -1 else []
        return CheckResult(inputs, failures)

    def diff(self, token, id, old_inputs, old_outputs, new_inputs, context):
        changed = [key for key in {*old_inputs, *new_inputs} if old_inputs.get(key) != new_inputs.get(key)]
        return DiffResult(sorted(changed), [key for key in changed if key == "fixed"])

    def create(self, token, inputs, context):
        assert UNKNOWN not in inputs.values()
        self.cloud.note("create", context.urn)
        id_ = f"id-{next(self.cloud.numbers)}"
        self.cloud.things[id_] = self._outputs(inputs, id_)
        return ResourceState(id_, self.cloud.things[id_])

    def read(self, token, id, inputs, outputs, context):
        found = self.cloud.things.get(id)
        if found is None:
            return None
        live = {key: value for key, value in found.items() if key not in ("address", "password")}
        return ResourceState(id, found, live)

    def update(self, token, id, old_inputs, old_outputs, new_inputs, context):
        self.cloud.note("update", context.urn)
        self.cloud.things[id] = self._outputs(new_inputs, id)
        return ResourceState(id, self.cloud.things[id])

    def delete(self, token, id, inputs, outputs, context):
        self.cloud.note("delete", context.urn)
        if self.cloud.things.pop(id, None) is None:
            raise ResourceError(f"{id} was deleted twice")

    def invoke(self, token, arguments, context):
        return {"answer": [arguments["question"], 42]}

    def secret_outputs(self, token):
        return frozenset({"password"})

    def supports(self, token):
        return token == THING

    def types(self):
        return (THING,)

    def _outputs(self, inputs, id_):
        return {**inputs, "address": f"10.0.0.{id_}", "password": f"hidden-{id_}"}


def operations(result: UpdateResult) -> dict[str, int]:
    """How many resources of each operation a run had, unchanged ones left out."""
    return {str(operation): count for operation, count in result.counts.items() if operation is not Operation.SAME}


def urn(name: str, type_: str = THING) -> str:
    """The URN of a resource without a parent."""
    return f"urn:pulumi:dev::proj::{type_}::{name}"


class StackUnderTest:
    """One stack on disk, its cloud, and the engine's events of the last run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cloud = Cloud()
        self.events: list[Any] = []
        self.config: dict[str, str] = {}
        self.passphrases_asked = 0
        self.engine: Engine

    def open(self, program: Any, **options: Any) -> Engine:
        self.events = []
        defaults: dict[str, Any] = {
            "project": "proj",
            "stack": "dev",
            "project_dir": self.folder,
            "backend": FileBackend(self.folder),
            "passphrase": self._passphrase,
            "providers": {"cloud": self.cloud.create_provider},
            "config": self.config,
            "parallel": 4,
            "on_event": self.events.append,
        }
        self.engine = Engine(EngineOptions(**{**defaults, **options, "program": program}))
        return self.engine

    def _passphrase(self) -> str:
        self.passphrases_asked += 1
        return PASSPHRASE

    def up(self, program: Any, run: RunOptions | None = None, **options: Any) -> UpdateResult:
        return self._run("up", program, run, options)

    def preview(self, program: Any, run: RunOptions | None = None, **options: Any) -> UpdateResult:
        return self._run("preview", program, run, options)

    def destroy(self, run: RunOptions | None = None) -> UpdateResult:
        return self._run("destroy", lambda: None, run, {})

    def preview_destroy(self, run: RunOptions | None = None) -> UpdateResult:
        return self._run("preview_destroy", lambda: None, run, {})

    def refresh(self, run: RunOptions | None = None) -> UpdateResult:
        return self._run("refresh", lambda: None, run, {})

    def preview_refresh(self, run: RunOptions | None = None) -> UpdateResult:
        return self._run("preview_refresh", lambda: None, run, {})

    def _run(self, verb: str, program: Any, run: RunOptions | None, options: dict[str, Any]) -> UpdateResult:
        self.cloud.calls.clear()
        # A program ends without a value: what a lambda of a test returns is no output.
        target = program if isinstance(program, Path) else lambda: program() and None
        result: UpdateResult = getattr(self.open(target, **options), verb)(run or RunOptions())
        return result

    def records(self, name: str) -> list[dict[str, Any]]:
        """What the saved state holds of a logical name, in order."""
        resources = json.loads(self.file.read_text())["checkpoint"]["latest"].get("resources", [])
        return [record for record in resources if record["urn"].rsplit("::", 1)[-1] == name]

    def record(self, name: str) -> dict[str, Any]:
        (record,) = self.records(name)
        return record

    def thing(self, name: str) -> dict[str, Any]:
        """What exists in the cloud under a logical name of the state; may be changed behind the engine's back."""
        return self.cloud.things[self.record(name)["id"]]

    @property
    def file(self) -> Path:
        return self.folder / ".pulumi" / "stacks" / "proj" / "dev.json"

    def live_names(self) -> list[str]:
        return sorted(thing["name"] for thing in self.cloud.things.values())
