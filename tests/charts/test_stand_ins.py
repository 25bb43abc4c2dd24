"""The stand-in charts: no laxer than the official ones, rendered by Helm, installed on a real control plane."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from hubwright.core.values import computed_layer, merge_layers
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.nodes import NodeSpec
from hubwright.sandbox.process import ProcessTable
from hubwright.toolchain import find_toolchain

from .conftest import STAND_INS, load_layers, read_defaults, stand_in

# A cluster's processes outlive the objects that started them; the fixture stops them by their ids.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

GIB = 1024**3
WRONG = ["text", 7, 1.5, True, None, [], {"unknownKey": 1}]
COMPUTED: dict[str, dict[str, Any]] = {
    "jupyterhub": {"proxy": {"secretToken": "aa", "service": {"type": "ClusterIP"}}, "hub": {"cookieSecret": "bb"}},
    "binderhub": {
        "imageBuilderType": "dind",
        "service": {"type": "ClusterIP"},
        "registry": {"url": "https://registry.test", "username": "builder", "password": "pw"},
        "ingress": {"enabled": True, "hosts": ["binder.test"], "ingressClassName": "traefik"},
        "jupyterhub": {
            "proxy": {"secretToken": "aa", "service": {"type": "ClusterIP"}},
            "hub": {"cookieSecret": "bb", "services": {"binder": {"apiToken": "cc"}}},
            "ingress": {"enabled": True, "hosts": ["hub.test"], "ingressClassName": "traefik"},
            "scheduling": {
                "podPriority": {"enabled": True},
                "userPlaceholder": {"replicas": 2},
                "userPods": {"nodeAffinity": {"matchNodePurpose": "require"}},
            },
        },
    },
    "traefik": {"service": {"type": "ClusterIP", "annotations": {"loadbalancer.openstack.org/load-balancer-id": "x"}}},
}


def paths(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    if isinstance(values, dict):
        for key, item in values.items():
            yield from paths(item, (*path, key))


def replaced(values: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(values)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_what_the_official_schema_refuses_the_stand_in_refuses(official, name):
    real = jsonschema_rs.validator_for(official(name).schema)
    ours = jsonschema_rs.validator_for(stand_in(name).schema)
    real_defaults, our_defaults = official(name).values, read_defaults(name)
    laxer = [
        (".".join(path), wrong)
        for path in paths(our_defaults)
        if name == "jupyterhub" or path[0] != "jupyterhub"  # the subchart's own schema looks at these
        for wrong in WRONG
        if ours.is_valid(replaced(our_defaults, path, wrong))
        and not real.is_valid(replaced(real_defaults, path, wrong))
    ]
    assert laxer == []


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub"])
def test_the_stand_ins_know_no_key_that_the_official_chart_does_not(official, name):
    real = jsonschema_rs.validator_for(official(name).schema)
    real_defaults = dict(official(name).values)
    our_defaults = read_defaults(name)
    for path in paths(our_defaults):
        if name == "binderhub" and path[0] == "jupyterhub":
            continue
        node: Any = our_defaults
        for key in path:
            node = node[key]
        assert real.is_valid(replaced(real_defaults, path, node)), path


@pytest.mark.parametrize("name", ["jupyterhub", "binderhub", "traefik"])
def test_the_stand_ins_say_what_they_are(name):
    assert stand_in(name).is_stand_in
    assert "SANDBOX STAND-IN" in (STAND_INS / name / "Chart.yaml").read_text()


def render(name: str, values: dict[str, Any], folder: Path, *command: str) -> str:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    arguments = command or ("template", "hub")
    done = subprocess.run(
        [str(binaries.helm), *arguments, str(STAND_INS / name), "--values", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def final_values(name: str, stack: str = "local") -> dict[str, Any]:
    return merge_layers([*load_layers(name, stack), computed_layer(COMPUTED[name])], chart=stand_in(name)).values


def manifests(text: str) -> dict[tuple[str, str], Any]:
    documents = [document for document in YAML(typ="safe", pure=True).load_all(text) if document]
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


@pytest.mark.contract
def test_the_rendered_binderhub_has_the_official_names_and_wiring(tmp_path):
    rendered = manifests(render("binderhub", final_values("binderhub", "production"), tmp_path))
    for component in ("hub", "proxy", "user-scheduler", "binder"):
        labels = rendered["Deployment", component]["spec"]["template"]["metadata"]["labels"]
        assert labels["component"] == component
    for name in ("hub-dind", "hub-image-cleaner"):
        assert rendered["DaemonSet", name]["spec"]["template"]["spec"]["tolerations"][0]["value"] == "user"
    assert {"hub", "proxy-api", "proxy-public", "binder"} <= {name for kind, name in rendered if kind == "Service"}
    assert {"hub", "proxy", "singleuser"} <= {name for kind, name in rendered if kind == "NetworkPolicy"}
    assert ("PersistentVolumeClaim", "hub-db-dir") in rendered
    assert rendered["Secret", "hub"]["stringData"]["hub.services.binder.apiToken"] == "cc"
    assert rendered["Ingress", "jupyterhub"]["spec"]["rules"][0]["host"] == "hub.test"
    assert rendered["Ingress", "binderhub"]["spec"]["rules"][0]["host"] == "binder.test"
    assert rendered["StatefulSet", "user-placeholder"]["spec"]["replicas"] == 2


@pytest.mark.contract
def test_the_rendered_traefik_trusts_the_proxy_protocol_of_the_given_network(tmp_path):
    trusted = {"proxyProtocol": {"trustedIPs": ["10.20.0.0/16"]}}
    values = {**final_values("traefik"), "ports": {"web": trusted, "websecure": trusted}}
    rendered = manifests(render("traefik", values, tmp_path, "template", "traefik"))
    arguments = rendered["Deployment", "traefik"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--entryPoints.web.proxyProtocol.trustedIPs=10.20.0.0/16" in arguments
    annotations = rendered["Service", "traefik"]["metadata"]["annotations"]
    assert annotations["loadbalancer.openstack.org/load-balancer-id"] == "x"


@pytest.mark.contract
@pytest.mark.parametrize("name", ["jupyterhub", "binderhub", "traefik"])
def test_the_stand_ins_pass_helms_own_lint(name, tmp_path):
    assert "0 chart(s) failed" in render(name, final_values(name), tmp_path, "lint")


@pytest.fixture(scope="module")
def cluster() -> Iterator[ControlPlane]:
    binaries = find_toolchain()
    if binaries is None:
        pytest.skip("the toolchain is not built: run `hubwright toolchain`")
    folder = Path(tempfile.mkdtemp(prefix="hubwright-test-"))
    plane = ControlPlane("charts", folder / "cluster", binaries, ProcessTable(folder / "processes"))
    try:
        plane.start()
        for purpose in ("core", "user", "build"):
            taint = {"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NoSchedule"}
            labels = {"hub.jupyter.org/node-purpose": purpose}
            taints = [] if purpose == "core" else [taint]
            plane.set_nodes(purpose, [NodeSpec(f"{purpose}-0", 4000, 16 * GIB, labels, {}, taints)])
        yield plane
    finally:
        plane.delete()
        shutil.rmtree(folder)


@pytest.mark.contract
@pytest.mark.parametrize("name", ["traefik", "jupyterhub", "binderhub"])
def test_the_stand_ins_become_ready_on_a_real_control_plane(cluster, name, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(cluster.kubeconfig)
    place = ["--kubeconfig", str(kubeconfig), "--namespace", name]
    install = ["upgrade", "--install", "--wait", "--timeout", "60s", "--create-namespace", *place, "hub"]
    begin = time.monotonic()
    out = render(name, final_values(name), tmp_path, *install)
    print(f"{name}: ready after {time.monotonic() - begin:.1f} s")
    assert "STATUS: deployed" in out
    render(name, final_values(name), tmp_path, *install)
    binaries = find_toolchain()
    assert binaries is not None
    subprocess.run([str(binaries.helm), "uninstall", "--wait", *place, "hub"], check=True, capture_output=True)
