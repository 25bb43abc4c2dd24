"""The `config` verbs: types, paths, secrets, and a file that keeps its comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubwright.core.errors import ConfigError, UsageError
from hubwright.core.yaml_edit import YamlText
from hubwright.core.yaml_source import load_yaml
from hubwright.workflows.config import ConfigValue, config_path, get_config, list_config, remove_config, set_config

FILE = """\
# the head
config:
  proj:zone: example.org # why
  proj:pools:
    # the first
    - name: core
      max: 2
  other:region: GRA9
"""
STACKS = Path(__file__).resolve().parents[3] / "stacks"


@pytest.fixture
def config(target):
    target.project.stack_file("dev").write_text(FILE)
    return target


def text_of(target):
    return target.project.stack_file("dev").read_text()


def put(target, key, text, *, by_path=False, **more):
    warnings: list[str] = []
    set_config(target, key, ConfigValue(text, **more), by_path=by_path, warn=warnings.append)
    return warnings


@pytest.mark.parametrize("name", ["local", "ovh-example"])
def test_our_own_stack_files_come_round_byte_for_byte(name):
    text = (STACKS / f"Pulumi.{name}.yaml").read_text()
    assert YamlText(text, source=name).text() == text


def test_one_line_changes_and_no_other(config):
    put(config, "zone", "example.net")
    assert text_of(config) == FILE.replace("example.org", "example.net")
    put(config, "pools[0].max", "3", by_path=True)
    assert text_of(config) == FILE.replace("example.org", "example.net").replace("max: 2", "max: 3")


@pytest.mark.parametrize(
    ("text", "kind", "by_path", "expected"),
    [
        ("3", None, False, "3"),
        ("3", None, True, 3),
        ("-4", None, True, -4),
        ("007", None, True, "007"),
        ("true", None, True, True),
        ("true", None, False, "true"),
        ("3", "int", False, 3),
        ("0.5", "float", False, 0.5),
        ("false", "bool", False, False),
        ("3", "string", True, "3"),
        ('{"a": [1, null]}', "json", False, {"a": [1, None]}),
    ],
)
def test_a_value_has_the_type_that_pulumi_would_give_it(config, text, kind, by_path, expected):
    put(config, "value", text, type=kind, by_path=by_path)
    assert get_config(config, "value", by_path=False) == expected
    assert load_yaml(text_of(config), source="x")["config"]["proj:value"] == expected


@pytest.mark.parametrize(("text", "kind"), [("x", "int"), ("yes", "bool"), ("{", "json")])
def test_a_value_of_another_type_is_refused(config, text, kind):
    with pytest.raises(UsageError, match=kind):
        put(config, "value", text, type=kind)
    assert text_of(config) == FILE


def test_paths_make_what_is_missing(config):
    put(config, "deep.list[0].name", "x", by_path=True)
    assert get_config(config, "deep", by_path=False) == {"list": [{"name": "x"}]}
    with pytest.raises(ConfigError, match="1 items only"):
        put(config, "deep.list[5]", "x", by_path=True)
    with pytest.raises(ConfigError, match="not a map"):
        put(config, "zone.part", "x", by_path=True)


def test_a_secret_is_encrypted_masked_and_opened(config):
    put(config, "password", "hunter2", secret=True)
    put(config, "deep.token", "hunter3", secret=True, by_path=True)
    text = text_of(config)
    assert "hunter" not in text
    assert "encryptionsalt: v1:" in text
    assert get_config(config, "deep", by_path=False) == {"token": "hunter3"}
    assert list_config(config, show_secrets=False)["proj:password"] == "[secret]"
    assert list_config(config, show_secrets=True)["proj:password"] == "hunter2"


def test_what_looks_like_a_secret_is_not_written_in_clear(config):
    with pytest.raises(UsageError, match="looks like a secret"):
        put(config, "apiToken", "hunter2")
    put(config, "apiToken", "none", plaintext=True)


def test_rm_takes_one_value(config):
    remove_config(config, "pools[0].max", by_path=True)
    assert text_of(config) == FILE.replace("      max: 2\n", "")
    remove_config(config, "other:region", by_path=False)
    with pytest.raises(ConfigError) as raised:
        remove_config(config, "zona", by_path=False)
    assert "proj:zone" in raised.value.hint


def test_keys_have_the_projects_namespace_unless_they_name_one(project):
    assert config_path(project, "dns.zone", by_path=True) == ("proj:dns", "zone")
    assert config_path(project, "dns.zone", by_path=False) == ("proj:dns.zone",)
    assert config_path(project, "aws:region", by_path=False) == ("aws:region",)
    for wrong in ("", ":x", "[0]"):
        with pytest.raises(UsageError):
            config_path(project, wrong, by_path=True)
