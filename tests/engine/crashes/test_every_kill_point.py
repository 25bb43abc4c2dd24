"""The engine is killed at every point of a run that leaves something behind; the same command then ends the work.

The cloud is a process of its own that survives, and tells at the end what there is and how often it was made.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.crashes.conftest import CloudProcess
from tests.engine.crashes.fork_server import ForkServer

pytestmark = [pytest.mark.contract, pytest.mark.timeout(3000)]

RUN = "tests.engine.crashes.runs:run"
RUN_AGAIN = "tests.engine.crashes.runs:run_again"
EMPTY = {"things": {}, "made": {}, "last": 0}
SAMPLE = 16


@dataclass(frozen=True)
class Journey:
    """A verb with a program, on what an earlier program made (None: on nothing)."""

    verb: str
    program: str
    before: str | None


SMALL = [
    Journey("up", "few", None),
    Journey("up", "few others", "few"),
    Journey("destroy", "nothing", "few"),
]
LARGE = [
    Journey("up", "first", None),
    Journey("up", "second", "first"),
    Journey("destroy", "nothing", "first"),
]


class Laboratory:
    """Puts stack and cloud where a journey begins, as often as wanted, and holds the journey's end to be compared."""

    def __init__(self, fork_server: ForkServer, cloud: CloudProcess, folder: Path, journey: Journey) -> None:
        self._fork_server, self._cloud, self._folder, self._journey = fork_server, cloud, folder, journey
        cloud.restore(EMPTY)
        (folder / "start").mkdir()
        if journey.before is not None:
            self._finish(RUN, "up", journey.before, folder / "start", 4, None)
        self._start = cloud.dump()

    def travel(self, parallel: int) -> list[str]:
        """Make the journey undisturbed; return the labels of its points."""
        labels: list[str] = self._finish(RUN, *self._work, self._set_out(), parallel, None)
        self.made, self.things = self._cloud.dump()["made"], _recognisable(self._cloud.dump())
        return labels

    def kill(self, number: int, parallel: int) -> str | None:
        """Kill a journey at a point, make it again, and return what is wrong then.

        Many operations at once share flushes, so that such a journey may have fewer points than the one that was
        counted, and end unharmed: it is then made anew and killed at a point that the shorter one had.
        """
        while True:
            folder = self._set_out()
            killed = self._fork_server.run(RUN, *self._work, str(folder), self._cloud.port, parallel, number)
            if killed.get("signal") == 9:
                return self.resume(folder, parallel)
            if parallel == 1 or "answer" not in killed or number <= 1:
                return f"not killed: {killed}"
            number = min(number, len(killed["answer"])) - 1

    def resume(self, folder: Path, parallel: int) -> str | None:
        """Run the same command to its end and return what is wrong then, None when all is well."""
        outcome = self._fork_server.run(RUN_AGAIN, *self._work, str(folder), self._cloud.port, parallel)
        if "answer" not in outcome:
            return str(outcome.get("traceback", outcome))
        found, dump = outcome["answer"], self._cloud.dump()
        problems = {
            "orphans in the cloud": sorted(set(dump["things"]) - set(found["ids"])),
            "gone from the cloud": sorted(set(found["ids"]) - set(dump["things"])),
            "made too often or not": sorted(dump["made"].items() ^ self.made.items()),
            "not as the program says": sorted(_recognisable(dump) ^ self.things),
            "pending": found["pending"],
            "a further run changes something": found["changes"],
        }
        return "; ".join(f"{problem}: {what}" for problem, what in problems.items() if what) or None

    @property
    def _work(self) -> tuple[str, str]:
        return self._journey.verb, self._journey.program

    def _set_out(self) -> Path:
        folder = self._folder / "run"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._folder / "start", folder)
        self._cloud.restore(self._start)
        return folder

    def _finish(self, function: str, verb: str, program: str, folder: Path, *arguments: Any) -> Any:
        outcome = self._fork_server.run(function, verb, program, str(folder), self._cloud.port, *arguments)
        assert "answer" in outcome, outcome.get("traceback", outcome)
        return outcome["answer"]


def _recognisable(dump: dict[str, Any]) -> set[str]:
    """What each thing is, without ids and made-up names."""
    keys = ("kind", "label", "size", "version", "flavor", "zone", "region", "cidr")
    return {str([thing.get(key) for key in keys]) for thing in dump["things"].values()}


@pytest.fixture
def laboratory(fork_server: ForkServer, cloud: CloudProcess, tmp_path: Path, journey: Journey) -> Laboratory:
    return Laboratory(fork_server, cloud, tmp_path, journey)


def _kill_at(laboratory: Laboratory, numbers: list[int], labels: list[str], parallel: int, capsys: Any) -> None:
    problems = {}
    for number in numbers:
        problem = laboratory.kill(number, parallel)
        if problem:
            problems[f"{number} {labels[number - 1]}"] = problem
    with capsys.disabled():
        print(f" [killed at {len(numbers)} of {len(labels)} points] ", end="")
    assert not problems, "\n".join(f"{point}: {problem}" for point, problem in problems.items())


@pytest.mark.parametrize("journey", SMALL, ids=str)
def test_a_small_stack_killed_everywhere(laboratory: Laboratory, capsys: Any) -> None:
    labels = laboratory.travel(parallel=1)
    _kill_at(laboratory, list(range(1, len(labels) + 1)), labels, 1, capsys)


@pytest.mark.parametrize("journey", LARGE, ids=str)
def test_thirty_resources_killed_here_and_there(laboratory: Laboratory, capsys: Any) -> None:
    labels = laboratory.travel(parallel=4)
    numbers = [1 + len(labels) * step // SAMPLE for step in range(SAMPLE)]
    _kill_at(laboratory, numbers, labels, 4, capsys)


@pytest.mark.e2e
@pytest.mark.parametrize("journey", LARGE, ids=str)
def test_thirty_resources_killed_everywhere(laboratory: Laboratory, capsys: Any) -> None:
    labels = laboratory.travel(parallel=1)
    _kill_at(laboratory, list(range(1, len(labels) + 1)), labels, 1, capsys)
