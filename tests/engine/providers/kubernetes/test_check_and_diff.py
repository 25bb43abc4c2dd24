from __future__ import annotations

import re
from typing import Any

import pytest

from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.base import OperationContext, Provider
from hubwright.engine.providers.kubernetes import create_provider
from hubwright.engine.providers.kubernetes.changes import changed_paths
from hubwright.engine.providers.kubernetes.objects import project

CONTEXT = OperationContext("urn:pulumi:local::hub::kubernetes:core/v1:ConfigMap::conf", preview=True)
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.fixture
def provider() -> Provider:
    return create_provider({"kubeconfig": UNKNOWN})


def check(provider: Provider, token: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
    result = provider.check(token, olds, news, "conf", CONTEXT)
    assert not result.failures
    return result.inputs


def test_check_fills_in_what_the_token_says(provider: Provider):
    inputs = check(provider, CONFIG_MAP, {"metadata": {"name": "a"}})
    assert inputs == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}


def test_the_providers_namespace_is_the_default_for_namespaced_kinds_only():
    provider = create_provider({"kubeconfig": UNKNOWN, "namespace": "hub"})
    assert check(provider, CONFIG_MAP, {"metadata": {"name": "a"}})["metadata"]["namespace"] == "hub"
    assert "namespace" not in check(provider, "kubernetes:core/v1:Namespace", {"metadata": {"name": "a"}})["metadata"]


def test_an_autoname_is_made_once_and_kept(provider: Provider):
    first = check(provider, CONFIG_MAP, {"data": {"a": "1"}})
    assert re.fullmatch(r"conf-[0-9a-f]{8}", first["metadata"]["name"])
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    again = check(provider, CONFIG_MAP, {"data": {"a": "2"}}, first)
    assert again["metadata"] == first["metadata"]
    fresh = check(provider, CONFIG_MAP, {"data": {"a": "2"}})
    assert fresh["metadata"]["name"] != first["metadata"]["name"]


def test_check_changes_nothing_that_it_was_given(provider: Provider):
    news: dict[str, Any] = {"metadata": {"labels": {"a": "b"}}}
    check(provider, CONFIG_MAP, news)
    assert news == {"metadata": {"labels": {"a": "b"}}}


def test_an_unknown_name_stays_unknown(provider: Provider):
    assert check(provider, CONFIG_MAP, {"metadata": {"name": UNKNOWN}})["metadata"]["name"] is UNKNOWN


def test_generate_name_is_refused(provider: Provider):
    result = provider.check(CONFIG_MAP, None, {"metadata": {"generateName": "a-"}}, "conf", CONTEXT)
    assert [failure.property for failure in result.failures] == ["metadata.generateName"]


def named(kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "hub"}, **fields}


@pytest.mark.parametrize(
    ("token", "old", "new", "replace"),
    [
        (DEPLOYMENT, {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, []),
        (
            DEPLOYMENT,
            {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
            {"spec": {"selector": {"matchLabels": {"a": "c"}}}},
            ["spec.selector.matchLabels.a"],
        ),
        (
            "kubernetes:batch/v1:Job",
            {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
            {"spec": {"template": {"spec": {"containers": [{"image": "y"}]}}}},
            ["spec.template.spec.containers[0].image"],
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "a"}},
            {"spec": {"resources": {"requests": {"storage": "2Gi"}}, "storageClassName": "b"}},
            ["spec.storageClassName"],
        ),
        (CONFIG_MAP, {"data": {"a.b": "1"}}, {"data": {"a.b": "2"}}, ['data["a.b"]']),
        ("kubernetes:core/v1:Secret", {"stringData": {"a": "1"}}, {"stringData": {"a": "2"}}, ["stringData.a"]),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
            {"roleRef": {"name": "a"}},
            {"roleRef": {"name": "b"}},
            ["roleRef.name"],
        ),
    ],
)
def test_what_needs_a_new_object(
    provider: Provider, token: str, old: dict[str, Any], new: dict[str, Any], replace: list[str]
):
    kind = token.rpartition(":")[2]
    diff = provider.diff(token, "hub/a", named(kind, **old), {}, named(kind, **new), CONTEXT)
    assert diff.changed
    assert list(diff.replace) == replace
    assert diff.delete_before_replace == bool(replace), "the name is taken until the old object is gone"


def test_a_new_name_is_a_new_object_beside_the_old_one(provider: Provider):
    old, new = named("ConfigMap"), named("ConfigMap")
    new["metadata"] = {"name": "b", "namespace": "hub"}
    diff = provider.diff(CONFIG_MAP, "hub/a", old, {}, new, CONTEXT)
    assert (list(diff.replace), diff.delete_before_replace) == (["metadata.name"], False)


def test_an_autonamed_object_is_replaced_before_it_is_deleted(provider: Provider):
    old = check(provider, CONFIG_MAP, {"data": {"a": "1"}})
    diff = provider.diff(CONFIG_MAP, "x", old, {}, check(provider, CONFIG_MAP, {"data": {"a": "2"}}, old), CONTEXT)
    assert (list(diff.replace), diff.delete_before_replace) == (["data.a"], False)


def test_config_maps_change_in_place_where_the_user_wants_it():
    provider = create_provider({"kubeconfig": UNKNOWN, "enableConfigMapMutable": True})
    diff = provider.diff(
        CONFIG_MAP, "hub/a", named("ConfigMap", data={"a": "1"}), {}, named("ConfigMap", data={"a": "2"}), CONTEXT
    )
    assert (list(diff.changed), list(diff.replace)) == (["data.a"], [])


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a[1]"]),
        ({"a": 1}, {"a": UNKNOWN}, ["a"]),
        ({"a": {"b": 1}}, {}, ["a"]),
        ({"app.kubernetes.io/name": "x"}, {}, ['["app.kubernetes.io/name"]']),
    ],
)
def test_changed_paths(old: Any, new: Any, paths: list[str]):
    assert changed_paths(old, new) == paths


def test_projection_shows_drift_and_hides_what_only_the_server_wrote():
    live = {"metadata": {"name": "a", "uid": "1"}, "spec": {"replicas": 3, "paused": False}, "status": {}}
    known = {"metadata": {"name": "a"}, "spec": {"replicas": 2}, "stringData": {"a": "b"}}
    assert project(live, known) == {
        "metadata": {"name": "a"},
        "spec": {"replicas": 3},
        "stringData": {"a": "b"},
    }
