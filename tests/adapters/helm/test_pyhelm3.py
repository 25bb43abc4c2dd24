"""What pyhelm3 does in its own way must not leak in, and whatever Helm does becomes an error of ours."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import time
from pathlib import Path
from typing import Any

import pyhelm3
import pytest

from hubwright.adapters.helm import ChartReference, HelmClient, ReleaseOptions, command
from hubwright.adapters.helm.client import check_version
from hubwright.adapters.helm.command import HelmCommand, run_helm
from hubwright.adapters.helm.errors import MAPPED_ERRORS, translate_error
from hubwright.core.errors import DeadlineError, HubwrightError, ReleaseError, ToolchainError
from tests.adapters.kubernetes.cluster import Cluster, write_chart

PROJECT = Path(__file__).resolve().parents[3]
OPTIONS = ReleaseOptions(timeout_s=5)
CHART = ChartReference("/charts/tiny.tgz")
YAML_FUNCTIONS = {
    "get_chart_metadata",
    "get_hooks",
    "get_resources",
    "show_chart",
    "show_crds",
    "show_values",
    "template",
}


def pyhelm3_modules() -> list[Any]:
    return [importlib.import_module(f"pyhelm3.{info.name}") for info in pkgutil.iter_modules(pyhelm3.__path__)]


def test_every_error_of_every_module_of_pyhelm3_is_mapped():
    own = {
        name
        for module in pyhelm3_modules()
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, BaseException) and kind.__module__.startswith("pyhelm3")
    }
    assert own == set(MAPPED_ERRORS)


def test_only_the_helm_adapter_imports_pyhelm3_and_none_of_its_yaml_or_merging():
    for file in [*PROJECT.glob("hubwright/**/*.py"), *PROJECT.glob("components/**/*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [item.name for item in node.names]
            )
        }
        uses_pyhelm3 = any(name.split(".")[0] == "pyhelm3" for name in imported)
        assert not uses_pyhelm3 or file.parent.name == "helm", file
        if file.parent == PROJECT / "hubwright/adapters/helm":
            called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            assert not called & {"mergeconcat", "Client"}, file
            on_helm = {
                node.func.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "helm"
            }
            assert not on_helm & YAML_FUNCTIONS, file


class FakeHelm:
    """A program in Helm's place that keeps what it was given and answers as told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "helm"
        self.stdin = folder / "stdin"
        self.answers("echo '{}'")

    def answers(self, script: str, version: str = "v3.22.0") -> FakeHelm:
        check = f'if [ "$1" = version ]; then printf {version}; exit 0; fi'
        self.path.write_text(f"#!/bin/sh\n{check}\n{script}\n")
        self.path.chmod(0o700)
        check_version.cache_clear()
        return self

    def client(self) -> HelmClient:
        return HelmClient("", binary=self.path)


@pytest.fixture
def fake(tmp_path: Path) -> FakeHelm:
    return FakeHelm(tmp_path)


def test_values_go_to_helm_as_json_just_as_they_are(fake: FakeHelm):
    values = {"on": "on", "yes": "no", "octal": "017", "big": 40e9, "none": None, "list": [1, [2]], "text": "a: b\n- c"}
    fake.answers(f"cat > {fake.stdin}")
    fake.client().template("web", CHART, values, namespace="hub", options=OPTIONS)
    assert json.loads(fake.stdin.read_text()) == values
    assert fake.stdin.read_text() == json.dumps(values)


@pytest.mark.contract
def test_lists_are_replaced_and_words_stay_words_in_the_real_helm(cluster: Cluster, tmp_path: Path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pyhelm3 reads YAML 1.1 or merges values")

    monkeypatch.setattr("pyhelm3.command.yaml.load", refuse)
    monkeypatch.setattr("pyhelm3.command.yaml.load_all", refuse)
    monkeypatch.setattr("pyhelm3.client.mergeconcat", refuse)
    seen = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\ndata: {values: {{ .Values | toJson | quote }}}\n"
    defaults = "list: [a, b]\nswitch: x\n"
    folder = write_chart(tmp_path / "tiny", values_yaml=defaults, templates__web_yaml=seen, templates__hook_yaml="")
    values = {"list": ["c"], "switch": "on", "number": "017"}
    shown = HelmClient("", binary=cluster.helm).template(
        "web", ChartReference(str(folder)), values, namespace="hub", options=OPTIONS
    )
    line = next(line for line in shown.splitlines() if "values:" in line)
    assert json.loads(json.loads(line.partition("values: ")[2].removesuffix("}"))) == values


@pytest.mark.parametrize("version", ["v2.17.0", "v4.0.1", "v3.7.2", "nonsense", ""])
def test_another_version_is_refused_by_name(fake: FakeHelm, version: str):
    fake.answers("true", version=version or "''")
    with pytest.raises(ToolchainError, match=r"is Helm .*; hubwright works with Helm 3, from 3\.8") as caught:
        fake.client().template("web", CHART, {}, namespace="hub", options=OPTIONS)
    assert "hubwright toolchain" in str(caught.value.hint)


def test_a_helm_that_went_away_or_cannot_run_is_a_toolchain_error(fake: FakeHelm):
    client = fake.client()
    fake.path.unlink()
    check_version.cache_clear()
    with pytest.raises(ToolchainError, match="Helm cannot be run: No such file"):
        client.history("web", namespace="hub")
    fake.path.write_bytes(b"\x7fELF nothing")
    fake.path.chmod(0o700)
    with pytest.raises(ToolchainError, match="Helm cannot be run: Exec format error"):
        client.history("web", namespace="hub")


def test_a_killed_helm_is_told(fake: FakeHelm):
    fake.answers("kill -9 $$")
    with pytest.raises(ReleaseError, match="Helm was killed by SIGKILL"):
        fake.client().history("web", namespace="hub")


@pytest.mark.parametrize("script", ["echo this is no JSON", r"printf '\377\376' >&2; exit 1"])
def test_an_answer_that_cannot_be_read_is_told(fake: FakeHelm, script: str):
    fake.answers(script)
    with pytest.raises(ReleaseError, match="Helm's answer is not the JSON that it should be"):
        fake.client().history("web", namespace="hub")


def test_a_helm_that_does_not_end_when_told_is_killed(fake: FakeHelm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(command, "END_GRACE_S", 0.3)
    ran = tmp_path / "pid"
    fake.answers(f"trap '' TERM; echo $$ > {ran}; while true; do sleep 1; done")
    helm = HelmCommand(executable=str(fake.path))
    with pytest.raises(DeadlineError, match="Helm did not end within 1 s"):
        run_helm(lambda: helm.run(["status"]), what="release hub/web", timeout_s=1)
    assert not is_running(int(ran.read_text()))


def is_running(pid: int, timeout_s: float = 5) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.05)
    return True


def test_a_login_that_is_refused_is_told_as_one():
    text = b"Error: GET https://r.test/v2/hub/manifests/1: response status code 401: unauthorized"
    error: HubwrightError = translate_error(pyhelm3.errors.Error(1, b"", text), what="chart hub")
    assert (error.exit_code, error.hint) == (3, "log in with `helm registry login`")
