"""Finding a project, its stacks and its passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubwright.core.errors import ConfigError, StackNotFoundError
from hubwright.workflows.project import Project, find_project, read_passphrase, read_stack_file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: hubwright\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.local.yaml").write_text("config:\n  hubwright:hub:\n    kind: binderhub\n")
    return find_project(tmp_path)


def test_a_project_is_found_from_a_folder_below_it(project: Project) -> None:
    assert find_project(project.folder / "stacks").folder == project.folder


def test_stacks_are_those_with_a_file(project: Project) -> None:
    assert project.stacks() == ["local"]
    assert read_stack_file(project, "local").config == {"hubwright:hub": {"kind": "binderhub"}}


def test_an_unknown_stack_is_refused_with_the_nearest_name(project: Project) -> None:
    with pytest.raises(StackNotFoundError) as caught:
        read_stack_file(project, "locale")
    assert caught.value.hint == "did you mean local?"


def test_no_project_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no Pulumi\.yaml"):
        find_project(tmp_path / "nowhere")


def test_the_environments_passphrase_wins(project: Project) -> None:
    assert read_passphrase(project, "local", {"PULUMI_CONFIG_PASSPHRASE": ""}) == ""


def test_a_passphrase_file_is_read_without_its_last_line_end(project: Project, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("open sesame\n")
    environment = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")}
    assert read_passphrase(project, "ovh-example", environment) == "open sesame"


def test_the_local_stack_gets_a_private_passphrase_once(project: Project) -> None:
    first = read_passphrase(project, "local", {})
    assert len(first) >= 32
    assert read_passphrase(project, "local", {}) == first
    assert (project.local_folder / "passphrase").stat().st_mode & 0o777 == 0o600


def test_another_stack_without_a_passphrase_is_refused(project: Project) -> None:
    with pytest.raises(ConfigError, match="needs a passphrase"):
        read_passphrase(project, "ovh-example", {})
