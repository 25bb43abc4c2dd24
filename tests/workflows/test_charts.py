"""`hubwright charts`: typed by a user in a project whose charts come from a repository on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.charts import read_lock
from tests.charts.official import package_official, publish_pinned
from tests.charts.repositories import LoopbackRepository, serve, sha256

pytestmark = pytest.mark.contract

PROJECT = Path(__file__).resolve().parents[2]
HUBWRIGHT = str(Path(sys.executable).with_name("hubwright"))
PINNED = "1.0.0-0.dev.git.3983.h383374de"
NEWER = "1.0.0-0.dev.git.10007.h1234567"


@dataclass(frozen=True)
class Workshop:
    """A project folder with a repository, and the commands that a user types in it."""

    folder: Path
    repository: LoopbackRepository

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        environment.pop("HUBWRIGHT_OFFLINE", None)
        command = [HUBWRIGHT, "charts", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--output", "json", code=code).stdout)

    @property
    def lock(self) -> Path:
        return self.folder / "charts-values/charts.lock"

    @property
    def vendor(self) -> Path:
        return self.folder / "charts-values/vendor"

    def publish_newer(self) -> str:
        """Publish a BinderHub chart with another schema and other defaults; returns its digest."""
        return self.repository.publish("binderhub", NEWER, package_official("binderhub", NEWER, change_chart))


def change_chart(files: dict[str, bytes]) -> None:
    schema = json.loads(files["binderhub/values.schema.json"])
    del schema["properties"]["lifecycle"]
    schema["required"].remove("lifecycle")
    schema["properties"]["greeting"] = {"type": "object", "properties": {"text": {"type": "string"}}}
    schema["properties"]["replicas"] = {"type": ["string", "null"]}
    files["binderhub/values.schema.json"] = json.dumps(schema).encode()
    values = files["binderhub/values.yaml"].replace(b"lifecycle: {}\n", b"")
    files["binderhub/values.yaml"] = values + b"\ngreeting: {text: hello}\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    shutil.copy(PROJECT / "Pulumi.yaml", tmp_path)
    for name in ("stacks", "charts-values"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    with serve() as repository:
        publish_pinned(repository, tmp_path)
        yield Workshop(tmp_path, repository)


def test_pull_fetches_what_stacks_need_and_writes_what_the_lock_does_not_know(workshop: Workshop):
    before = workshop.lock.read_text()
    pulled = workshop.json("pull", "--lock")["charts"]
    assert [(chart["name"], chart["from"]) for chart in pulled] == [("binderhub", "network"), ("traefik", "network")]
    pin = read_lock(workshop.lock)["binderhub"]
    assert pin.app_version == f"app-{PINNED}"
    assert pin.schema_sha256 is not None
    comments = [line.strip() for line in before.splitlines() if line.strip().startswith("#")]
    after = [line.strip() for line in workshop.lock.read_text().splitlines()]
    assert [line for line in after if line.startswith("#")] == comments
    assert after[after.index("# TLS certificates.") + 1] == "cert-manager:"
    again = workshop.lock.read_text()
    asked = len(workshop.repository.asked)
    assert workshop.json("pull", "--lock", "--offline")["charts"][0]["from"] == "cache"
    assert (workshop.lock.read_text(), len(workshop.repository.asked)) == (again, asked)


def test_an_unknown_digest_is_said_aloud_until_it_is_locked(workshop: Workshop):
    text = workshop.lock.read_text()
    digest = read_lock(workshop.lock)["traefik"].sha256
    assert digest
    workshop.lock.write_text(text.replace(digest, "unknown"))
    told = workshop.run("pull", "traefik").stderr
    assert f"is trusted on first use; its sha256 is {digest}" in told
    assert "hubwright charts pull traefik --lock" in told
    workshop.run("pull", "traefik", "--lock")
    assert read_lock(workshop.lock)["traefik"].sha256 == digest


def test_what_is_vendored_serves_without_a_network_and_is_verified(workshop: Workshop):
    assert set(workshop.json("vendor")["vendored"]) == {"binderhub", "traefik"}
    shutil.rmtree(workshop.folder / "cache")
    asked = len(workshop.repository.asked)
    assert {chart["from"] for chart in workshop.json("pull", "--offline")["charts"]} == {"vendor"}
    assert len(workshop.repository.asked) == asked
    refused = workshop.run("pull", "jupyterhub", "--offline", code=2).stderr
    assert "is neither vendored nor cached, and this run is offline" in refused
    assert workshop.json("verify")["verified"]
    package = workshop.vendor / f"binderhub-{PINNED}.tgz"
    wanted, content = sha256(package.read_bytes()), package.read_bytes() + b"x"
    package.write_bytes(content)
    (workshop.vendor / "old-1.0.0.tgz").write_bytes(b"")
    bad = workshop.run("verify", code=2)
    assert f"wants sha256 {wanted}, the file has {sha256(content)}" in bad.stdout
    assert "no pin names it: delete it" in bad.stdout
    assert "do not verify: binderhub, old-1.0.0.tgz" in bad.stderr
    assert f"wants sha256 {wanted}" in workshop.run("pull", code=2).stderr, "a vendored one is not passed over"


def test_outdated_knows_development_versions_and_tells_what_it_cannot(workshop: Workshop):
    assert not any(chart["outdated"] for chart in workshop.json("outdated")["charts"])
    workshop.publish_newer()
    workshop.repository.publish("traefik", "42.0.0-rc.1", package_official("traefik", "42.0.0-rc.1"))
    rows = {row["name"]: row["newest"] for row in workshop.json("outdated", "--expect-current", code=7)["charts"]}
    assert rows == {"binderhub": NEWER, "traefik": "41.1.1"}
    assert workshop.json("outdated", "traefik", "--devel")["charts"][0]["newest"] == "42.0.0-rc.1"
    partly = workshop.run("outdated", "binderhub", "grafana", code=4)
    assert f"-> {NEWER}" in partly.stdout
    assert "cannot be told" in partly.stdout


def test_update_shows_everything_asks_and_writes(workshop: Workshop):
    workshop.run("vendor")
    digest = workshop.publish_newer()
    before = workshop.lock.read_text()
    asked = workshop.run("update", "binderhub", code=2)
    assert "There is no terminal to ask on" in asked.stderr
    assert workshop.lock.read_text() == before
    for line in (
        f"binderhub {PINNED} -> {NEWER}",
        "changelog: https://github.com/jupyterhub/binderhub/blob/main/CHANGES.md",
        "schema: 1 added, 1 removed, 1 changed",
        "  + greeting: object",
        "  - lifecycle: object",
        "  ~ replicas: integer -> string or null",
        '  + greeting: {"text": "hello"}',
        "your values: 2 break",
    ):
        assert line in asked.stdout.splitlines()
    update = workshop.json("update", "binderhub", "--yes")
    assert (update["written"], update["to"], update["lock"]["sha256"]) == (True, NEWER, digest)
    assert {stack for broken in update["broken"] for stack in broken["stacks"]} == {"local", "ovh-example"}
    pin = read_lock(workshop.lock)["binderhub"]
    assert (pin.version, pin.sha256, pin.app_version) == (NEWER, digest, f"app-{NEWER}")
    assert "# the version that mybinder.org runs" in workshop.lock.read_text()
    assert sorted(path.name for path in workshop.vendor.iterdir()) == [f"binderhub-{NEWER}.tgz", "traefik-41.1.1.tgz"]
    assert "charts.lock: nothing to write" in workshop.run("update", "binderhub", "--yes").stdout


def test_update_shows_a_package_that_has_changed_behind_its_version(workshop: Workshop):
    workshop.repository.publish("binderhub", PINNED, package_official("binderhub", PINNED, change_chart))
    refused = workshop.run("pull", "binderhub", code=2).stderr
    assert "does not verify" in refused
    assert f"charts update binderhub --version {PINNED}" in " ".join(refused.split())
    update = workshop.json("update", "binderhub", "--version", PINNED, "--yes")
    assert set(update["lock"]) == {"sha256", "schemaSha256", "appVersion"}
    workshop.run("pull", "binderhub", "--offline")


def test_schema_explains_keys_of_subcharts_too(workshop: Workshop):
    found = workshop.json("schema", "binderhub", "jupyterhub.hub.db.type")
    assert (found["types"], found["default"]) == ("string", "sqlite-pvc")
    wrong = workshop.run("schema", "binderhub", "jupyterhub.hub.dbb", code=2).stderr
    assert "knows no key jupyterhub.hub.dbb" in wrong
    assert "did you mean jupyterhub.hub.db?" in wrong


def test_list_says_where_each_package_is(workshop: Workshop):
    workshop.run("pull", "traefik")
    rows = {chart["name"]: chart for chart in workshop.json("list")["charts"]}
    assert (rows["traefik"]["package"], rows["binderhub"]["package"]) == ("cache", None)
    assert (rows["traefik"]["stacks"], rows["grafana"]["stacks"]) == (["local", "ovh-example"], [])


def test_which_charts_a_command_is_about(workshop: Workshop):
    assert [c["name"] for c in workshop.json("pull", "--stack", "local")["charts"]] == ["traefik", "binderhub"]
    assert "one of them" in workshop.run("pull", "traefik", "--all", code=2).stderr
    assert "did you mean traefik?" in workshop.run("pull", "trafik", code=2).stderr
    assert "did you mean local?" in workshop.run("pull", "--stack", "lokal", code=6).stderr
