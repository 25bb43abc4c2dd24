from __future__ import annotations

from hubwright.adapters.helm import ObjectAddress, group_names, list_objects
from hubwright.adapters.helm.manifest import join_hooks

RENDERED = """---
# Source: tiny/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "web"
  namespace: hub
spec: {replicas: 017, schedule: on}
---
# Source: tiny/templates/web.yaml
# a comment only
---
# Source: tiny/templates/web.yaml
metadata: {name: 12e3, labels: {kind: decoy}}
kind: ConfigMap
apiVersion: v1
data:
  script: |
    kind: Decoy
    # not a document
---
# Source: tiny/templates/hook.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: prepare
  annotations: {"helm.sh/hook": pre-install}
"""


def test_addresses_are_read_and_nothing_else_is():
    assert list_objects(RENDERED)[0] == ObjectAddress("apps/v1", "Deployment", "web", "hub")
    assert [item.kind for item in list_objects(RENDERED)] == ["Deployment", "ConfigMap", "Job"]


def test_a_document_that_is_no_yaml_is_left_out():
    assert list_objects("---\nkind: {{ oops\nmetadata: [\n") == []


def test_names_are_grouped_as_pulumi_kubernetes_groups_them():
    objects = [
        ObjectAddress("v1", "Service", "b"),
        ObjectAddress("v1", "Service", "a"),
        ObjectAddress("apps/v1", "Deployment", "web", "hub"),
    ]
    assert group_names(objects) == {"Deployment.apps/apps/v1": ["hub/web"], "Service/v1": ["a", "b"]}


def test_hooks_follow_the_manifest_without_their_source_comment():
    joined = join_hooks(RENDERED)
    manifest, _, hook = joined.rpartition("\n---\n")
    assert manifest == RENDERED[: RENDERED.index("---\n# Source: tiny/templates/hook.yaml")]
    assert hook.startswith("apiVersion: batch/v1\nkind: Job")
    assert not hook.endswith("\n")
