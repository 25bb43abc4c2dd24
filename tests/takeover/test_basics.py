"""What one engine made the other takes over unchanged: random values, components, dynamic resources, options."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.contract, pytest.mark.timeout(300)]


@pytest.fixture
def project(make_project):
    return make_project("basics", "random")


def test_cli_takes_over_from_the_embedded_engine(project):
    project.embedded_up()
    made = project.engine().outputs()
    project.cli_expects_no_changes()
    project.pulumi("refresh", "--yes", "--expect-no-changes")
    project.pulumi("up", "--yes", "--expect-no-changes")
    assert project.engine().outputs() == made
    project.pulumi("destroy", "--yes")
    assert not project.checkpoint.get("resources")


def test_embedded_engine_takes_over_from_the_cli(project):
    project.cli_up()
    made = project.engine().outputs()
    assert project.embedded_changes() == []
    project.embedded_up()
    assert project.engine().outputs() == made
    project.cli_expects_no_changes()
    project.engine().destroy()
    assert not project.checkpoint.get("resources")


def test_an_update_by_the_embedded_engine_is_no_change_to_the_cli(project):
    project.cli_up()
    project.configure(edition=2)
    project.embedded_up()
    project.cli_expects_no_changes()


def test_both_engines_see_the_same_edit(project):
    project.embedded_up()
    project.configure(edition=2)
    before = project.state_file.read_bytes()
    embedded = {(operation, name) for operation, name, _ in project.embedded_changes()}
    project.cli_up()
    assert project.state_file.read_bytes() != before
    assert embedded == {("update", "default"), ("update", "note"), ("delete", "dropped")}
    assert project.embedded_changes() == []


def test_a_name_that_an_alias_has_freed_is_free_for_the_cli(project):
    project.cli_up()
    project.configure(edition=2)
    project.embedded_up()
    project.configure(edition=1)
    project.cli_up()
    assert project.embedded_changes() == []
