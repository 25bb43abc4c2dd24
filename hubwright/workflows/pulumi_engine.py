"""The Pulumi CLI with the embedded engine's surface: the same runs, the same events, the same results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hubwright.adapters.pulumi_cli import PulumiStack, RunVerb, capture_pulumi
from hubwright.core.errors import CancelledError, HubwrightError
from hubwright.engine.events import EventListener, Outcome, Summary, UpdateKind, UpdateStarted
from hubwright.engine.options import RunOptions
from hubwright.engine.property_values import PropertyMap, Secret
from hubwright.engine.pulumi_events import PulumiEventReader
from hubwright.engine.records import ResourceRecord
from hubwright.engine.result import UpdateResult
from hubwright.engine.state.checkpoint import parse_record
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.engine.state.values import SecretsCache

_VERBS: Mapping[UpdateKind, RunVerb] = {
    UpdateKind.PREVIEW: "preview",
    UpdateKind.UP: "up",
    UpdateKind.PREVIEW_DESTROY: "preview_destroy",
    UpdateKind.DESTROY: "destroy",
    UpdateKind.PREVIEW_REFRESH: "preview_refresh",
    UpdateKind.REFRESH: "refresh",
}


class PulumiEngine:
    """Runs one stack with the Pulumi CLI. Runs raise HubwrightError with the CLI's exit code."""

    def __init__(
        self,
        *,
        folder: Path,
        project: str,
        stack: str,
        environment: Mapping[str, str],
        parallel: int | None,
        on_event: EventListener,
    ) -> None:
        self._folder = folder
        self._project, self._stack_name = project, stack
        self._environment = dict(environment)
        self._parallel = parallel
        self._on_event = on_event
        self._stack = PulumiStack(folder, stack, environment)
        self._outputs: PropertyMap | None = None
        self._cancelled = False
        self._reader: PulumiEventReader | None = None

    def preview(self, run: RunOptions) -> UpdateResult:
        """Tell what `up` would do."""
        return self._run(UpdateKind.PREVIEW, run)

    def up(self, run: RunOptions) -> UpdateResult:
        """Create, update, replace and delete until everything is as the program says."""
        return self._run(UpdateKind.UP, run)

    def preview_destroy(self, run: RunOptions) -> UpdateResult:
        """Tell what `destroy` would do."""
        return self._run(UpdateKind.PREVIEW_DESTROY, run)

    def destroy(self, run: RunOptions) -> UpdateResult:
        """Delete everything in the state."""
        return self._run(UpdateKind.DESTROY, run)

    def preview_refresh(self, run: RunOptions) -> UpdateResult:
        """Tell what `refresh` would do."""
        return self._run(UpdateKind.PREVIEW_REFRESH, run)

    def refresh(self, run: RunOptions) -> UpdateResult:
        """Bring the state to what is really there."""
        return self._run(UpdateKind.REFRESH, run)

    def outputs(self) -> PropertyMap:
        """Return the stack's outputs, secrets marked."""
        if self._outputs is None:
            masked, shown = self._read_outputs(), self._read_outputs("--show-secrets")
            self._outputs = {name: value if masked[name] == value else Secret(value) for name, value in shown.items()}
        return self._outputs

    def resources(self) -> Sequence[ResourceRecord]:
        """Return what the state knows of each resource; the CLI decrypts, whatever the secrets provider is."""
        text = capture_pulumi(
            ["stack", "export", "--show-secrets"], self._folder, self._stack_name, environment=self._environment
        )
        in_clear = SecretsCache(PassphraseCrypter(lambda: "", None))
        return [parse_record(stored, in_clear) for stored in json.loads(text)["deployment"].get("resources") or ()]

    def cancel(self, hard: bool = False) -> None:
        """Pass the interrupt on to the CLI."""
        self._cancelled = True
        if self._reader:
            self._reader.stopping = True
        self._stack.send_signal(hard=hard)

    def _read_outputs(self, *options: str) -> dict[str, Any]:
        command = ["stack", "output", "--json", *options]
        text = capture_pulumi(command, self._folder, self._stack_name, environment=self._environment)
        values: dict[str, Any] = json.loads(text)
        return values

    def _run(self, kind: UpdateKind, run: RunOptions) -> UpdateResult:
        reader = PulumiEventReader(kind, self._project, self._stack_name, self._on_event)
        self._reader = reader
        try:
            found = self._stack.run(_VERBS[kind], options_of(kind, run, self._parallel), reader.read)
        except HubwrightError as error:
            self._end(reader, kind)
            if self._cancelled:
                raise CancelledError("stopped by the user", hint="run the same command again to go on") from error
            raise
        self._end(reader, kind)
        assert reader.summary is not None
        if kind is UpdateKind.UP:
            self._outputs = {name: Secret(value) if secret else value for name, (value, secret) in found.items()}
        summary, steps = reader.summary, tuple(reader.reporter.steps)
        return UpdateResult(kind, summary.counts, self._outputs or {}, summary.duration_s, steps)

    def _end(self, reader: PulumiEventReader, kind: UpdateKind) -> None:
        """Tell the end of a run that the CLI gave up before it said so itself."""
        if reader.summary is not None:
            return
        outcome = Outcome.CANCELLED if self._cancelled else Outcome.FAILED
        if not reader.reporter.begun:
            reader.reporter.tell(UpdateStarted(kind, self._project, self._stack_name))
        reader.summary = Summary(kind, dict(reader.reporter.counts), len(reader.reporter.failures), outcome=outcome)
        reader.reporter.tell(reader.summary)


def options_of(kind: UpdateKind, run: RunOptions, parallel: int | None) -> list[str]:
    """Return a run's options as the CLI spells them."""
    options = [f"--parallel={parallel}"] if parallel else []
    options += _repeated("--target", run.targets) + _repeated("--exclude", run.excludes)
    flags = {
        "--target-dependents": run.target_dependents,
        "--exclude-dependents": run.exclude_dependents,
        "--refresh": run.refresh and kind not in (UpdateKind.REFRESH, UpdateKind.PREVIEW_REFRESH),
        # A preview goes on after a failure anyway.
        "--continue-on-error": run.continue_on_error and kind in (UpdateKind.UP, UpdateKind.DESTROY),
    }
    options += [flag for flag, wanted in flags.items() if wanted]
    return options + _repeated("--replace", run.replace) + _repeated("--target-replace", run.target_replace)


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [f"{option}={value}" for value in values]
