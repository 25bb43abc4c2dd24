"""`hubwright render` on real Helm and the stand-in charts: no cloud, no cluster, no network."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from hubwright.cli import render_report
from hubwright.core.errors import ConfigError, PolicyError, UsageError, ValuesError
from hubwright.core.manifest_secrets import KnownSecrets
from hubwright.core.manifests import parse_manifests
from hubwright.core.policy import check_manifests
from hubwright.core.profiles import PROFILES
from hubwright.core.yaml_source import dump_yaml, load_yaml
from hubwright.toolchain import find_toolchain
from hubwright.workflows import deployed_facts
from hubwright.workflows.project import find_project
from hubwright.workflows.render import RenderOptions, RenderReport, require_no_violations, run_render
from hubwright.workflows.target import DeployTarget
from tests.workflows.test_official_charts import SilentDisplay

pytestmark = pytest.mark.contract

PROJECT = Path(__file__).resolve().parents[2]
DEPLOYED = {
    "registry_url": "https://abc.example",
    "registry_username": "builder",
    "registry_password": "the-registry-password",
    "registry_pull_username": "the-registry-pull-user",
    "registry_pull_password": "the-registry-pull-password",
    "load_balancer_id": "lb-1",
    "proxy_token": "the-token-of-the-proxy",
    "cookie_secret": "the-secret-of-cookies",
    "crypt_key": "the-key-of-crypts",
    "binder_token": "the-token-of-binder",
}
SECRETS = [DEPLOYED[name] for name in sorted(deployed_facts.SECRET_FACTS)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    monkeypatch.setenv("HUBWRIGHT_TOOLCHAIN", str(binaries.helm.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    for name in ("HUBWRIGHT_HELM", "HUBWRIGHT_PROGRAM_DIR", "PULUMI_BACKEND_URL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # so that what the steps set is taken back
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    shutil.copy(PROJECT / "Pulumi.yaml", folder)
    shutil.copytree(PROJECT / "charts-values", folder / "charts-values")
    return folder


def render(project: Path, hub: dict[str, Any], *, options: RenderOptions, **settings: Any) -> RenderReport:
    example = PROJECT / "stacks" / "Pulumi.ovh-example.yaml"
    config = load_yaml(example.read_text(), source=example.name)["config"]
    config |= {"hubwright:hub": hub, "hubwright:charts": "stand-in"}
    config |= {f"hubwright:{key}": value for key, value in settings.items()}
    (project / "stacks" / "Pulumi.mine.yaml").write_text(dump_yaml({"config": config}))
    target = DeployTarget(find_project(project), "mine", "embedded", "max", None)
    return run_render(target, SilentDisplay(), options)


def texts(report: RenderReport) -> str:
    return json.dumps([manifest.body for manifest in report.manifests])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("size", ["small", "standard"])
@pytest.mark.parametrize("builder", ["dind", "pink"])
def test_every_profile_renders_and_passes_the_policy(project, profile, size, builder):
    hub = {"profile": profile, "size": size, "admins": ["ada"], "builds": {"builder": builder}}
    report = render(project, hub, options=RenderOptions(check=True))
    assert [str(violation) for violation in report.violations or ()] == []
    kinds = {manifest.kind for manifest in report.manifests}
    assert {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Ingress", "Secret"} <= kinds
    names = {manifest.name for manifest in report.manifests if manifest.kind == "DaemonSet"}
    assert (f"hub-{builder}" in names) == (PROFILES[profile].kind == "binderhub")


def test_a_gateway_gives_routes(project):
    gateway = {"name": "public", "namespace": "ingress"}
    options = RenderOptions(check=True)
    report = render(project, {"profile": "binderhub-public"}, options=options, ingress={"gateway": gateway})
    assert report.violations == ()
    routes = [manifest for manifest in report.manifests if manifest.kind == "HTTPRoute"]
    assert [route.body["spec"]["hostnames"] for route in routes] == [["binder.example.org"], ["hub.example.org"]]
    assert not [manifest for manifest in report.manifests if manifest.kind == "Ingress"]


def test_the_second_rendering_is_the_first_one_from_the_cache(project):
    options = RenderOptions()
    first = render(project, {"profile": "jupyterhub-class"}, options=options)
    second = render(project, {"profile": "jupyterhub-class"}, options=options)
    assert [release.from_cache for release in first.releases] == [False, False]
    assert [release.from_cache for release in second.releases] == [True, True]
    assert texts(first) == texts(second)
    other = render(project, {"profile": "jupyterhub-class", "users": {"placeholders": 1}}, options=options)
    assert [release.from_cache for release in other.releases] == [True, False]


def test_a_changed_kubernetes_version_or_damaged_entry_is_rendered_anew(project, tmp_path):
    options = RenderOptions(chart="traefik")
    hub = {"profile": "jupyterhub-class"}
    render(project, hub, options=options)
    newer = render(project, hub, options=options, cluster={"version": "1.35"})
    assert not newer.releases[0].from_cache
    for entry in (tmp_path / "cache" / "hubwright" / "renders").iterdir():
        entry.write_text(entry.read_text().replace("traefik", "traefic"))
    assert not render(project, hub, options=options).releases[0].from_cache


def test_without_being_asked_for_no_secret_of_the_state_is_used_or_kept(project, tmp_path, monkeypatch):
    monkeypatch.setattr(deployed_facts, "read_state", lambda _target: dict(DEPLOYED))
    hub = {"profile": "binderhub-public"}
    report = render(project, hub, options=RenderOptions())
    assert report.placeholders == ()
    assert "abc.example/binder/binder-" in texts(report)
    assert not KnownSecrets(SECRETS).found_in(texts(report))
    shown = render(project, hub, options=RenderOptions(show_secrets=True))
    encoded = {DEPLOYED["registry_password"], DEPLOYED["registry_pull_password"]}  # both inside a Docker configuration
    assert all(secret in texts(shown) for secret in SECRETS if secret not in encoded)
    assert KnownSecrets([DEPLOYED["registry_password"]]).found_in(texts(shown))
    (pull_secret,) = (found for found in shown.manifests if found.identity.name == "image-pull-secret")
    assert DEPLOYED["registry_pull_password"] in b64decode(pull_secret.body["data"][".dockerconfigjson"]).decode()
    for entry in (tmp_path / "cache" / "hubwright" / "renders").iterdir():
        assert not KnownSecrets(SECRETS).found_in(entry.read_text())
        assert entry.stat().st_mode & 0o077 == 0


def test_what_is_not_known_yet_is_named(project):
    report = render(project, {"profile": "binderhub-public"}, options=RenderOptions())
    assert report.placeholders == ("registry_url", "registry_username", "registry_pull_username", "load_balancer_id")


def test_the_policy_refuses_what_a_stack_changes_for_the_worse(project):
    values = {"jupyterhub": {"hub": {"image": {"tag": "latest"}, "pdb": {"enabled": False}}}}
    hub = {"profile": "binderhub-public", "values": values}
    report = render(project, hub, options=RenderOptions(check=True))
    assert [(v.code, v.identity.name) for v in report.violations or ()] == [
        ("image-floating", "hub"),
        ("budget-missing", "hub"),
    ]
    with pytest.raises(PolicyError) as caught:
        require_no_violations(report)
    assert caught.value.exit_code == 5


def test_a_secret_in_the_hubs_configuration_is_found(project, monkeypatch):
    monkeypatch.setattr(deployed_facts, "read_state", lambda _target: dict(DEPLOYED))
    values = {"hub": {"extraConfig": {"mine": f"c.X = '{DEPLOYED['proxy_token']}'"}}}
    report = render(
        project, {"profile": "jupyterhub-class", "values": values}, options=RenderOptions(show_secrets=True)
    )
    found = check_manifests(report.manifests, secrets=report.secrets)
    assert ("secret-in-clear", "ConfigMap") in {(violation.code, violation.identity.kind) for violation in found}


def test_wrong_values_are_told_with_their_key_before_helm_is_asked(project):
    hub = {"profile": "jupyterhub-class", "values": {"hub": {"concurentSpawnLimit": 3}}}
    with pytest.raises(ValuesError, match="concurrentSpawnLimit"):
        render(project, hub, options=RenderOptions())


def test_one_chart_alone_and_one_that_the_stack_has_not(project):
    hub = {"profile": "jupyterhub-class"}
    report = render(project, hub, options=RenderOptions(chart="traefik"))
    assert [release.chart for release in report.releases] == ["traefik"]
    with pytest.raises(UsageError) as caught:
        render(project, hub, options=RenderOptions(chart="jupyterhup"))
    assert caught.value.hint == "did you mean jupyterhub?"


def test_memory_arrives_in_kubernetes_as_the_bytes_of_the_settings(project):
    users = {"memoryGuarantee": "1.5G", "memoryLimit": "2Gi", "placeholders": 2}
    report = render(project, {"profile": "jupyterhub-class", "users": users}, options=RenderOptions())
    (placeholder,) = [manifest for manifest in report.manifests if manifest.kind == "StatefulSet"]
    resources = placeholder.body["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert (resources["requests"]["memory"], resources["limits"]["memory"]) == (1_500_000_000, 2**31)


def test_what_is_printed_is_what_was_rendered(project):
    report = render(project, {"profile": "jupyterhub-class"}, options=RenderOptions(show_secrets=True))
    printed = render_report.manifests_text(report, show_secrets=True)
    again = parse_manifests(printed, release="", namespace="")
    assert sorted(map(repr, (m.body for m in again))) == sorted(map(repr, (m.body for m in report.manifests)))
    assert "# Hook: pre-install, pre-upgrade (weight 10, deleted before-hook-creation, hook-succeeded)\n" in printed


def test_a_stack_without_a_cluster_cannot_ask_it(project):
    with pytest.raises(ConfigError, match="has no cluster yet") as caught:
        render(project, {"profile": "jupyterhub-class"}, options=RenderOptions(server=True))
    assert caught.value.hint == "run `hubwright up mine` first, or leave --server out"


def test_data_says_all_and_has_a_version(project):
    values = {"hub": {"image": {"tag": "latest"}}}
    hub = {"profile": "jupyterhub-class", "values": values}
    report = render(project, hub, options=RenderOptions(check=True))
    data = json.loads(json.dumps(render_report.report_data(report, show_secrets=False)))
    assert data["version"] == 1
    assert data["kube_version"] == "1.34.0"
    secrets = [each for each in data["releases"][1]["objects"] if each["kind"] == "Secret"]
    assert {value for each in secrets for value in (each["manifest"].get("stringData") or {}).values()} <= {"[secret]"}
    (violation,) = data["policy"]["violations"]
    assert violation["code"] == "image-floating"
    assert violation["object"] == {"group": "apps", "kind": "Deployment", "namespace": "hub", "name": "hub"}
    assert render_report.policy_lines(report)[1].startswith(
        "  Deployment.apps hub/hub spec.template.spec.containers[0]"
    )
