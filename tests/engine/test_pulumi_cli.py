"""Pulumi's own CLI on states that this engine wrote, where `pulumi` is on PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pulumi
import pytest

from hubwright.engine.state.open_backend import open_backend
from tests.engine.cloud import PASSPHRASE, StackUnderTest, Thing

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="there is no `pulumi` on PATH"),
]


def program():
    first = Thing("first", size=1)
    Thing("second", size=first.address, key=pulumi.Output.secret("s3cret"))
    pulumi.export("address", first.address)


class Cli:
    def __init__(self, folder, url):
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
        home = {"PULUMI_HOME": str(folder / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        self.environment = {
            **os.environ,
            **home,
            "PULUMI_BACKEND_URL": url,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture(params=["file", "zst", "bucket"])
def place(request, tmp_path):
    """A backend's address and the variables that it is opened with."""
    if request.param == "bucket":
        return request.getfixturevalue("bucket_url"), {}
    folder = tmp_path / "states"
    folder.mkdir()
    return f"file://{folder}", {"PULUMI_DIY_BACKEND_ZSTD": "1"} if request.param == "zst" else {}


def test_the_cli_refuses_a_state_in_mid_update_and_takes_it_over_after(stack: StackUnderTest, place, monkeypatch):
    monkeypatch.setattr("hubwright.engine.state.passphrase._ITERATIONS", 1_000_000)
    url, environment = place
    backend, cli = open_backend(url, environment), Cli(stack.folder, url)
    seen = []

    def look(_operation: str, name: str) -> None:
        if name == "second":
            seen.append(
                (cli.run("stack", "export", "-s", "dev"), cli.run("up", "--yes", "--skip-preview", "-s", "dev"))
            )

    stack.cloud.on_call = look
    stack.up(program, backend=backend)
    ((export, update),) = seen
    assert export.returncode
    assert "an unfinished hubwright update: run `hubwright up` to end it" in export.stderr
    assert update.returncode
    assert "currently locked" in update.stderr

    exported = cli.run("stack", "export", "-s", "dev", "--show-secrets", "--file", "state.json")
    assert exported.returncode == 0, exported.stderr
    resources = json.loads((stack.folder / "state.json").read_text())["deployment"]["resources"]
    assert len(resources) == 4
    assert "s3cret" in json.dumps(resources)
    assert cli.run("stack", "history", "-s", "dev").stdout.count("Status: succeeded") == 1
    imported = cli.run("stack", "import", "-s", "dev", "--file", "state.json")
    assert imported.returncode == 0, imported.stderr
    stack.cloud.on_call = lambda _operation, _name: None
    assert not stack.preview(program, backend=open_backend(url, {})).changes
