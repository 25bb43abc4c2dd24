"""`hubwright values …` as a user meets it: on files alone, without any network."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from hubwright.core.errors import HubwrightError
from hubwright.core.yaml_source import load_yaml

LOCAL = "charts-values/binderhub/local.yaml"


def add(project: Path, file: str, text: str) -> None:
    path = project / file
    path.write_text(path.read_text() + text)


def last_line(project: Path, file: str) -> int:
    return len((project / file).read_text().splitlines())


def test_explain_lists_every_layer_strongest_first(hubwright, project):
    shown = hubwright("values", "explain", "local", "binderhub.jupyterhub.hub.resources.requests.cpu")
    assert shown.exit_code == 0
    text = shown.stdout
    assert text.startswith('binderhub.jupyterhub.hub.resources.requests.cpu: "50m"\n')
    assert text.index(f"set by {LOCAL}:12:19") < text.index("over charts-values/binderhub/base.yaml:21:19")


def test_explain_names_the_settings_behind_a_computed_value(hubwright, project):
    stack = project / "stacks" / "Pulumi.local.yaml"
    stack.write_text(stack.read_text().replace("    users:\n", "    users:\n      memoryLimit: 3G\n"))
    line = next(i for i, text in enumerate(stack.read_text().splitlines(), start=1) if "memoryLimit" in text)
    shown = hubwright("values", "explain", "local", "binderhub.jupyterhub.singleuser.memory.limit").stdout
    assert shown.startswith("binderhub.jupyterhub.singleuser.memory.limit: 3000000000\n")
    assert f"from hubwright:hub.users.memoryLimit (stacks/Pulumi.local.yaml:{line}:7)" in shown
    assert "over default of chart jupyterhub" in shown


def test_explain_shows_a_whole_subtree_with_one_line_each(hubwright):
    for key in ("binderhub.jupyterhub.cull", "jupyterhub.cull", "binderhub.jupyterhub.cull.*"):
        lines = hubwright("values", "explain", "local", key).stdout.splitlines()
        assert any(line.split() == ["binderhub.jupyterhub.cull.users", "true", "computed"] for line in lines)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (
            "binderhub.jupyterhub.singleuser.memory.limt",
            "did you mean binderhub.jupyterhub.singleuser.memory.limit?",
        ),
        ("binderhab.config", "did you mean binderhub.config?"),
        ("traefik.nothingLikeThis", "traefik has "),
    ],
)
def test_explain_suggests_the_nearest_key(hubwright, key, hint):
    error = hubwright("values", "explain", "local", key).exception
    assert isinstance(error, HubwrightError)
    assert error.exit_code == 2
    assert str(error.hint).startswith(hint)


def test_explain_as_data_marks_the_winner(hubwright):
    shown = hubwright("values", "explain", "local", "traefik.resources.requests.cpu", "--output", "json")
    data = json.loads(shown.stdout)
    (value,) = data["values"]
    assert data["version"] == 1
    assert [setting["wins"] for setting in value["settings"]] == [True, False]
    assert value["settings"][0]["place"] == "charts-values/traefik/local.yaml:3:15"


def test_render_masks_secrets_and_reads_back(hubwright, project):
    add(project, LOCAL, "\nregistry: {}\n")
    text = hubwright("values", "render", "local", "--chart", "binderhub").stdout
    values = load_yaml(text, source="v")
    assert values["registry"]["password"] == "[secret]"
    assert values["jupyterhub"]["hub"]["cookieSecret"] == "[secret]"
    assert values["config"]["BinderHub"]["image_prefix"].startswith("[what follows from")


def test_render_with_origins_is_the_same_values(hubwright):
    plain = hubwright("values", "render", "local", "--chart", "traefik").stdout
    told = hubwright("values", "render", "local", "--chart", "traefik", "--origins").stdout
    assert load_yaml(told, source="v") == load_yaml(plain, source="v")
    assert "cpu: 20m # charts-values/traefik/local.yaml:3" in told


def test_diff_against_a_rendered_file(hubwright, project):
    before = project / "before.json"
    before.write_text(hubwright("values", "render", "local", "--output", "json").stdout)
    assert hubwright("values", "diff", "local", "--base", str(before)).stdout == "no difference\n"
    add(project, LOCAL, "\nreplicas: 3\nimageCleaner: {delay: 9}\n")
    line = last_line(project, LOCAL)
    shown = hubwright("values", "diff", "local", "--base", str(before)).stdout
    assert shown == f"binderhub: + imageCleaner.delay: 9  ({LOCAL}:{line})\n"  # replicas are computed


def test_diff_against_a_git_revision(hubwright, project):
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", "-C", str(project), *identity, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    stack = project / "stacks" / "Pulumi.local.yaml"
    stack.write_text(stack.read_text().replace("    size: small", "    size: small\n    culling: { idleS: 1200 }"))
    (project / "charts-values" / "traefik" / "local.yaml").unlink()
    data = json.loads(hubwright("values", "diff", "local", "--base", "HEAD", "--output", "json").stdout)
    found = {(change["chart"], change["path"]): change for change in data["changes"]}
    assert found["binderhub", "jupyterhub.cull.timeout"]["new"] == 1200
    assert found["traefik", "resources.requests.cpu"]["origin"].startswith("charts-values/traefik/base.yaml:")
    error = hubwright("values", "diff", "local", "--base", "no-such").exception
    assert isinstance(error, HubwrightError)
    assert "neither a file nor a revision" in error.message


def test_check_passes_and_counts(hubwright):
    done = hubwright("values", "check", "--all")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "checked 4 charts in 2 stacks: 0 errors, 0 warnings"


def test_check_tells_all_errors_of_all_stacks_and_ends_with_2(hubwright, project):
    add(project, LOCAL, "\nimageCleaner: {enabeld: true, delay: soon}\n")
    line = last_line(project, LOCAL)
    add(project, "stacks/Pulumi.ovh-example.yaml", "  hubwright:dns: [\n")
    done = hubwright("values", "check")
    assert done.exception.exit_code == 2
    assert f"{LOCAL}:{line}: imageCleaner.enabeld: no such key" in done.stdout
    assert 'did you mean "enabled"?' in done.stdout
    assert f"{LOCAL}:{line}: imageCleaner.delay: found a string" in done.stdout
    assert "ovh-example: error: stacks/Pulumi.ovh-example.yaml:" in done.stdout
    assert "3 errors" in done.stdout.splitlines()[-1]


def test_an_error_in_the_stack_files_own_values_has_its_line(hubwright, project):
    stack = project / "stacks" / "Pulumi.local.yaml"
    own = "    size: small\n    values:\n      imageCleaner:\n        cordn: true"
    stack.write_text(stack.read_text().replace("    size: small", own))
    line = next(i for i, text in enumerate(stack.read_text().splitlines(), start=1) if "cordn" in text)
    done = hubwright("values", "check", "local")
    assert f"stacks/Pulumi.local.yaml:{line}: imageCleaner.cordn: no such key" in done.stdout


def test_encrypted_values_of_a_stack_file_need_no_passphrase(hubwright, project):
    stack = project / "stacks" / "Pulumi.local.yaml"
    own = (
        "    size: small\n    values:\n      imageCleaner: {delay: {secure: 'v1:abc'}}\n"
        "      dind: {storageDriver: {secure: 'v1:x'}}"
    )
    stack.write_text(stack.read_text().replace("    size: small", own))
    done = hubwright("values", "check", "local")
    assert "imageCleaner.delay: found an encrypted value of the stack file (string)" in done.stdout
    assert "storageDriver" not in done.stdout


def test_warnings_are_errors_with_strict(hubwright, project):
    add(project, LOCAL, "\nreplicas: 3\n")
    line = last_line(project, LOCAL)
    done = hubwright("values", "check", "local")
    assert done.exit_code == 0
    assert f"warning: {LOCAL}:{line}: replicas: has no effect: the program computes this value" in done.stdout
    assert hubwright("values", "check", "local", "--strict").exception.exit_code == 2


def test_values_files_are_checked_against_any_chart(hubwright, project, tmp_path):
    chart = tmp_path / "small"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text("image: {name: x, tags: [a, b]}\nreplicas: 1\nfree: {}\n")
    file = tmp_path / "mine.yaml"
    file.write_text("image: {nmae: z, tags: [b]}\nreplicas: 1\nfree: {any: 1}\n")
    done = hubwright("values", "check", "--files", str(file), "--chart", str(chart), "--output", "json")
    (checked,) = json.loads(done.stdout)["checked"]
    assert [(warning["kind"], warning["path"]) for warning in checked["warnings"]] == [
        ("list-replaced", "image.tags"),
        ("no-effect", "replicas"),
        ("unknown-key", "image.nmae"),
    ]
    assert checked["warnings"][0]["message"] == (
        'replaces the list of the default of chart small 1.0.0 and drops "a": repeat them to keep them'
    )
    assert 'did you mean "name"?' in checked["warnings"][2]["message"]
