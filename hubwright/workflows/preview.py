"""Show what an update of a stack would change."""

from __future__ import annotations

from hubwright.adapters.pulumi_cli import run_pulumi
from hubwright.core.errors import UnexpectedChangesError
from hubwright.engine.engine import UpdateResult
from hubwright.workflows.display import Display
from hubwright.workflows.interrupt import interruptible
from hubwright.workflows.surroundings import enter_surroundings
from hubwright.workflows.target import DeployTarget, open_engine


def run_preview(target: DeployTarget, display: Display, *, expect_no_changes: bool = False) -> UpdateResult | None:
    """Preview a stack and return the counts; None when the Pulumi CLI ran it and printed its own.

    Raises UnexpectedChangesError (exit 7) with `expect_no_changes` when anything would change.
    """
    if target.uses_pulumi():
        run_pulumi(
            ["preview", *(["--expect-no-changes"] if expect_no_changes else [])], target.project.folder, target.stack
        )
        return None
    surroundings = enter_surroundings(target, display)
    result = preview_embedded(target, display, surroundings.config_overrides)
    if expect_no_changes and result.changes:
        raise UnexpectedChangesError(f"stack {target.stack} would change", hint="see the resources above")
    return result


def preview_embedded(target: DeployTarget, display: Display, overrides: dict[str, str]) -> UpdateResult:
    """Preview a stack with the embedded engine."""
    engine = open_engine(target, display.event, overrides)
    with interruptible(engine, display):
        return engine.preview()
