from __future__ import annotations

import pytest

from hubwright.core.errors import ValuesError
from hubwright.core.manifest_secrets import MASK, KnownSecrets, mask_manifest
from hubwright.core.manifests import Hook, Identity, parse_manifests

from .conftest import SECRET, manifest

RENDERED = """---
# Source: hub/templates/b.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: b}
---
# Source: hub/templates/empty.yaml
---
# Source: hub/templates/a.yaml
apiVersion: v1
kind: Service
metadata: {name: a, namespace: other}
spec: {clusterIP: None, on: yes, mode: 0755}
---
# Source: hub/templates/hooks.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: late
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "5"}
---
# Source: hub/templates/hooks.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: early
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-weight: "-5"
    helm.sh/hook-delete-policy: hook-succeeded
---
# Source: hub/templates/a.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
"""


def read(text: str):
    return parse_manifests(text, release="hub", namespace="hub")


def test_objects_come_in_helms_order_and_hooks_last_by_their_weight():
    assert [f"{m.kind} {m.name}" for m in read(RENDERED)] == [
        *("ClusterRole a", "Service a", "Deployment b"),
        *("Job early", "Job late"),
    ]


def test_each_object_knows_its_place_and_where_it_comes_from():
    role, service, deployment, early, late = read(RENDERED)
    assert role.identity == Identity("rbac.authorization.k8s.io", "ClusterRole", None, "a")
    assert service.identity.namespace == "other"
    assert str(deployment.identity) == "Deployment.apps hub/b"
    assert deployment.source == "hub/templates/b.yaml"
    assert early.hook == Hook(("pre-install",), -5, ("hook-succeeded",))
    assert late.hook == Hook(("pre-install", "pre-upgrade"), 5)


def test_scalars_are_what_helm_and_kubernetes_take_them_for():
    service = read(RENDERED)[1]
    assert service.body["spec"] == {"clusterIP": "None", "true": True, "mode": 0o755}


def test_the_items_of_a_list_are_objects_of_their_own():
    text = (
        "# Source: l.yaml\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s}}\n"
    )
    assert [m.name for m in read(text)] == ["s"]


@pytest.mark.parametrize("text", ["[]", "word", "apiVersion: v1", "kind: A\nmetadata: {name: x}", "metadata: [1]"])
def test_what_is_no_object_is_refused_with_its_template(text):
    with pytest.raises(ValuesError, match=r"hub/templates/bad\.yaml"):
        read(f"---\n# Source: hub/templates/bad.yaml\n{text}\n")


def test_a_secret_is_hidden_whole_and_known_secrets_everywhere():
    secrets = KnownSecrets(["s3cret-s3cret"])
    shown = mask_manifest(manifest(SECRET), secrets).body
    assert shown["stringData"] == {"token": MASK}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"a": "is s3cret-s3cret", "b": ["czNjcmV0LXMzY3JldA=="], "c": "plain"},
    }
    assert mask_manifest(manifest(config), secrets).body["data"] == {"a": f"is {MASK}", "b": [MASK], "c": "plain"}
    assert config["data"]["a"] == "is s3cret-s3cret"
