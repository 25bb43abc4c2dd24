"""What a child of the fork server does: one run of the engine on the small cloud, killed at a point or to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hubwright.engine.update
from hubwright.engine.engine import Engine, EngineOptions
from hubwright.engine.state import passphrase
from hubwright.engine.state.file_backend import FileBackend
from tests.engine.crashes.cloud_provider import CloudClient, CloudHttpProvider
from tests.engine.crashes.kill_points import KillPoints
from tests.engine.crashes.programs import PROGRAMS

WARM = hubwright.engine.update.__name__


def run(verb: str, program: str, folder: str, port: int, parallel: int, kill_at: int | None) -> list[str]:
    """Run one verb and return the labels of its kill points."""
    points = KillPoints(Path(folder), kill_at)
    engine = _engine(program, folder, port, parallel, points)
    points.install()
    getattr(engine, verb)()
    return points.labels


def run_again(verb: str, program: str, folder: str, port: int, parallel: int) -> dict[str, Any]:
    """Run a verb to its end; tell what the state has then, and whether a further run would change anything."""
    inspect(folder)
    quiet = KillPoints(Path(folder), None)
    engine = _engine(program, folder, port, parallel, quiet)
    getattr(engine, verb)()
    preview = engine.preview_destroy() if verb == "destroy" else engine.preview()
    return {**inspect(folder), "changes": preview.changes}


def inspect(folder: str) -> dict[str, Any]:
    """Read and verify the state; tell the ids of its custom resources and the number of its pending operations."""
    from hubwright.engine.state.backend import StackName
    from hubwright.engine.state.checkpoint import StoredCheckpoint

    _hasten()
    backend, name = FileBackend(Path(folder)), StackName("proj", "dev")
    text = backend.load(name)
    if text is None:
        return {"ids": [], "pending": 0}
    stored = StoredCheckpoint(text, source="state", passphrase=lambda: "correct horse")
    snapshot = stored.snapshot()
    ids = sorted(record.id for record in snapshot.resources if record.custom and not record.is_provider)
    return {"ids": ids, "pending": len(snapshot.pending_operations)}


def _engine(program: str, folder: str, port: int, parallel: int, points: KillPoints) -> Engine:
    _hasten()
    client = CloudClient(port)
    options = EngineOptions(
        project="proj",
        stack="dev",
        program=PROGRAMS[program],
        project_dir=Path(folder),
        backend=FileBackend(Path(folder)),
        passphrase=lambda: "correct horse",
        providers={"cloud": lambda _inputs: points.wrap(CloudHttpProvider(client))},
        parallel=parallel,
    )
    return Engine(options)


def _hasten() -> None:
    """Derive keys in a moment, as the engine's other tests do."""
    passphrase._ITERATIONS = 1000
