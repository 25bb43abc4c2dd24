"""The command line as a user meets it: exit codes, what goes where, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HUBWRIGHT = str(Path(sys.executable).with_name("hubwright"))
CHECKOUT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HUBWRIGHT, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in (
        "up",
        "preview",
        "destroy",
        "outputs",
        "render",
        "sandbox",
        "toolchain",
        "--version",
        "--install-completion",
    ):
        assert command in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import json, sys, hubwright.cli.app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"pulumi", "openstack", "kubernetes", "pydantic", "ovh", "httpx2", "uvicorn", "pyhelm3"}


def test_version_goes_to_stdout() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "hubwright", "")


def test_usage_error_exits_2() -> None:
    assert run("up", "--no-such-option").returncode == 2


def test_unknown_stack_exits_6_and_names_the_nearest() -> None:
    done = run("outputs", "lokal")
    assert done.returncode == 6
    assert "did you mean local?" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_project_exits_2(tmp_path: Path) -> None:
    done = run("preview", "local", cwd=tmp_path)
    assert done.returncode == 2
    assert "no Pulumi.yaml" in done.stderr


def test_missing_pulumi_exits_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("preview", "local", "--engine", "pulumi")
    assert done.returncode == 2
    assert "no `pulumi` on PATH" in done.stderr


def test_destroy_without_a_terminal_needs_yes(tmp_path: Path) -> None:
    from hubwright.cli.session import Confirmation
    from hubwright.core.errors import UsageError

    with pytest.raises(UsageError, match="no terminal"):
        Confirmation("destroy stack local?", yes=False)()


def test_sandbox_logs_of_nothing_lists_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\n")
    done = run("sandbox", "logs", "keystone", cwd=tmp_path)
    assert done.returncode == 2
    assert "no sandbox process keystone" in done.stderr


def test_sandbox_status_without_a_sandbox_exits_1(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\n")
    assert run("sandbox", "status", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("up", "local", "--json", "-o", "json"), "both want stdout"),
        (("up", "local", "--speed", "warp"), "--speed warp is not known"),
        (("preview", "local", "--target-dependents"), "needs --target"),
        (("preview", "local", "--target", "a", "--exclude", "b"), "exclude each other"),
        (("config", "set", "--secret", "key", "value"), "not given as an argument"),
        (("state", "unprotect"), "--all"),
    ],
)
def test_options_that_make_no_sense_exit_2_at_once(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_wrong_setting_is_found_before_anything_is_built_or_started(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\nmain: .\nstackConfigDir: .\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  hubwright:chartz: auto\n")
    done = run("up", "local", cwd=tmp_path)
    assert done.returncode == 2
    assert "Pulumi.local.yaml:2: hubwright:chartz is not a known key; did you mean 'charts'?" in done.stderr
    assert "toolchain" not in done.stderr
    assert not (tmp_path / ".hubwright" / "sandbox").exists()
