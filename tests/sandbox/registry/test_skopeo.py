"""The registry as a real client of it sees it: skopeo logs in, copies, inspects, is denied."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.contract


@pytest.fixture
def skopeo(tmp_path: Path) -> Any:
    binary = shutil.which("skopeo")
    if binary is None:
        pytest.skip("skopeo is not on PATH (Debian: apt install skopeo)")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [binary, "--insecure-policy", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)

    return run


def write_layout(folder: Path) -> str:
    """Write an image of one empty layer as an OCI layout and return its place as skopeo names it."""

    def put(content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (folder / "blobs" / "sha256" / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = put(b"layer")
    rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs}).encode())
    manifest = {
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer}],
    }
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        **put(json.dumps(manifest).encode()),
        "annotations": {"org.opencontainers.image.ref.name": "v1"},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return f"oci:{folder}:v1"


def test_skopeo_pushes_pulls_and_is_denied(running: Any, skopeo: Any, tmp_path: Path) -> None:
    running.api("POST", "/projects", {"project_name": "binder", "metadata": {"public": "false"}})
    secrets = {}
    for name, actions in (("builder", ("push", "pull")), ("puller", ("pull",))):
        access = [{"resource": "repository", "action": action} for action in actions]
        permissions = [{"kind": "project", "namespace": "binder", "access": access}]
        body = {"name": name, "level": "project", "duration": -1, "permissions": permissions}
        robot = running.api("POST", "/robots", body).json()
        secrets[name] = f"{robot['name']}:{robot['secret']}"
    image = f"docker://{running.url.removeprefix('http://')}/binder/hub:v1"
    layout = write_layout(tmp_path / "image")

    pushed = skopeo("copy", "--dest-tls-verify=false", "--dest-creds", secrets["builder"], layout, image)
    assert pushed.returncode == 0, pushed.stderr
    seen = skopeo("inspect", "--tls-verify=false", "--creds", secrets["puller"], image)
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["RepoTags"] == ["v1"]
    copied = skopeo(
        "copy", "--src-tls-verify=false", "--src-creds", secrets["puller"], image, f"oci:{tmp_path}/copy:v1"
    )
    assert copied.returncode == 0, copied.stderr

    denied = skopeo("copy", "--dest-tls-verify=false", "--dest-creds", secrets["puller"], layout, f"{image}b")
    assert (denied.returncode, "unauthorized" in denied.stderr or "denied" in denied.stderr) == (1, True)
    kept = skopeo("delete", "--tls-verify=false", "--creds", secrets["builder"], image)
    assert kept.returncode == 1
    nobody = skopeo("inspect", "--tls-verify=false", "--no-creds", image)
    assert nobody.returncode == 1

    gone = skopeo("delete", "--tls-verify=false", "--creds", "bob:pw", image)
    assert gone.returncode == 0, gone.stderr
    after = skopeo("inspect", "--tls-verify=false", "--creds", secrets["puller"], image)
    assert after.returncode == 1
