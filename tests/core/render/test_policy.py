from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from hubwright.core.manifest_secrets import KnownSecrets
from hubwright.core.policy import EXEMPTIONS, RULES, check_manifests
from hubwright.core.workloads import selects

from .conftest import BUDGET, LABELS, POLICY, manifest

TOKEN = "a-token-of-the-stack"


def pod(body: dict[str, Any]) -> dict[str, Any]:
    return body["spec"]["template"]["spec"]


def container(body: dict[str, Any]) -> dict[str, Any]:
    return pod(body)["containers"][0]


def codes(manifests, secrets=()) -> list[str]:
    return [violation.code for violation in check_manifests(manifests, secrets=KnownSecrets(secrets))]


def test_nothing_is_wrong_with_what_is_right(good):
    assert check_manifests(good(), secrets=KnownSecrets(["s3cret-s3cret"])) == ()


@pytest.mark.parametrize(
    "image", ["hub", "hub:latest", "localhost:5000/hub", "quay.io/a/hub:latest", "", "reg:5000/hub:latest"]
)
def test_floating_images(good, image):
    assert codes(good(lambda body: container(body).update(image=image))) == ["image-floating"]


@pytest.mark.parametrize("image", ["hub:1", "localhost:5000/hub:1", "hub@sha256:00", "hub:latest@sha256:00"])
def test_fixed_images(good, image):
    assert codes(good(lambda body: container(body).update(image=image))) == []


@pytest.mark.parametrize(
    ("resources", "missing"),
    [
        ({}, "requests.cpu, requests.memory, limits.memory"),
        ({"requests": {"cpu": 1, "memory": 1}}, "limits.memory"),
        ({"limits": {"memory": 1}, "requests": {"memory": 1}}, "requests.cpu"),
    ],
)
def test_missing_resources_are_named(good, resources, missing):
    (violation,) = check_manifests(good(lambda body: container(body).update(resources=resources)))
    assert violation.code == "resources-missing"
    assert violation.found == f"hub has no {missing}"
    assert violation.path == "spec.template.spec.containers[0].resources"


def test_init_containers_are_looked_at_too(good):
    first = {"name": "first", "image": "x"}
    found = check_manifests(good(lambda body: pod(body).update(initContainers=[first])))
    assert {(v.code, v.path.partition("]")[0]) for v in found} == {
        (code, "spec.template.spec.initContainers[0") for code in ("image-floating", "resources-missing", "root-user")
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: container(body)["securityContext"].update(privileged=True), "privileged"),
        (lambda body: pod(body).update(hostNetwork=True), "host-access"),
        (lambda body: pod(body).update(hostPID=True), "host-access"),
        (lambda body: pod(body)["volumes"].append({"name": "v", "hostPath": {"path": "/"}}), "host-access"),
        (lambda body: container(body).update(securityContext={}), "root-user"),
        (lambda body: container(body)["securityContext"].update(runAsUser=0), "root-user"),
        (lambda body: container(body)["env"].append({"name": "API_TOKEN", "value": "x"}), "secret-in-clear"),
        (lambda body: container(body).update(args=[f"--token={TOKEN}"]), "secret-in-clear"),
    ],
)
def test_what_pods_may_not(good, change, code):
    assert codes(good(change), [TOKEN]) == [code]


def test_a_pods_own_security_counts_for_its_containers(good):
    def change(body):
        container(body).pop("securityContext")
        pod(body)["securityContext"] = {"runAsNonRoot": True}

    assert codes(good(change)) == []


def test_a_variable_that_refers_to_a_secret_is_right(good):
    variable = {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}
    assert codes(good(lambda body: container(body)["env"].append(variable))) == []


def test_a_secret_in_a_config_map_is_found_in_base64_too_and_not_shown(good):
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"x": "YS10b2tlbi1vZi10aGUtc3RhY2s="},
    }
    (violation,) = check_manifests(good(config=config), secrets=KnownSecrets([TOKEN]))
    assert (violation.code, violation.path) == ("secret-in-clear", "data.x")
    assert TOKEN not in repr(violation)


@pytest.mark.parametrize(
    ("budget", "wrong"),
    [
        ({"maxUnavailable": 0}, True),
        ({"maxUnavailable": "0%"}, True),
        ({"maxUnavailable": "10%"}, False),
        ({"minAvailable": 1}, True),
        ({"minAvailable": "50%"}, True),
        ({"minAvailable": 0}, False),
        ({}, False),
    ],
)
def test_a_budget_must_let_a_node_be_drained(good, budget, wrong):
    own = {**BUDGET, "spec": {**budget, "selector": BUDGET["spec"]["selector"]}}
    assert codes(good(budget=own)) == (["budget-missing"] if wrong else [])


def test_two_replicas_may_keep_one(good):
    own = {**BUDGET, "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}}
    assert codes(good(lambda body: body["spec"].update(replicas=2), budget=own)) == []


def test_a_deployment_needs_a_budget(good):
    assert codes(good(budget=None)) == ["budget-missing"]


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {"matchLabels": {"component": "proxy"}}, "policyTypes": ["Ingress", "Egress"]},
        {"podSelector": {}, "policyTypes": ["Ingress"]},
        {"podSelector": {}},
    ],
)
def test_hub_and_users_need_policies_for_both_directions(good, spec):
    found = check_manifests(good(policy={**POLICY, "spec": spec}))
    assert [violation.code for violation in found] == ["network-open", "network-open"]
    assert "user servers" in found[1].found


def test_a_policy_of_another_namespace_is_none(good):
    other = {**POLICY, "metadata": {"name": "hub", "namespace": "other"}}
    assert codes(good(policy=other)) == ["network-open", "network-open"]


def test_users_alone_without_policy_are_found(good):
    own = {**POLICY, "spec": {**POLICY["spec"], "podSelector": {"matchLabels": {"component": "hub"}}}}
    (violation,) = check_manifests(good(policy=own))
    assert violation.found == "no NetworkPolicy selects user servers"


def test_builders_may_what_others_may_not():
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "hub-dind"},
        "spec": {
            "template": {
                "metadata": {"labels": {"component": "dind"}},
                "spec": {
                    "containers": [
                        {
                            "name": "dind",
                            "image": "docker:28-dind",
                            "securityContext": {"privileged": True},
                            "resources": {"requests": {"cpu": 1, "memory": 1}, "limits": {"memory": 1}},
                        }
                    ],
                    "volumes": [{"name": "v", "hostPath": {"path": "/var/lib/dind"}}],
                },
            }
        },
    }
    assert codes([manifest(body), manifest(POLICY)]) == []
    other = {**body, "metadata": {"name": "hub-dind-2"}}
    assert sorted(codes([manifest(other), manifest(POLICY)])) == ["host-access", "privileged", "root-user"]


def test_the_table_is_whole():
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.reason and rule.hint and rule.forbids for rule in RULES)
    assert {exemption.code for exemption in EXEMPTIONS} <= {rule.code for rule in RULES}
    assert all(exemption.reason for exemption in EXEMPTIONS)


def test_violations_come_in_the_order_of_the_objects(good):
    manifests = good(lambda body: container(body).update(image="x", resources={}))
    places = [[m.identity for m in manifests].index(v.identity) for v in check_manifests(manifests)]
    assert all(a <= b for a, b in pairwise(places))


@pytest.mark.parametrize(
    ("rule", "meets"),
    [
        ({"key": "a", "operator": "In", "values": ["1", "2"]}, True),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, False),
        ({"key": "b", "operator": "NotIn", "values": ["1"]}, True),
        ({"key": "a", "operator": "Exists"}, True),
        ({"key": "a", "operator": "DoesNotExist"}, False),
        ({"key": "a", "operator": "Wrong"}, False),
    ],
)
def test_selectors_select_as_kubernetes_does(rule, meets):
    assert selects({"matchExpressions": [rule]}, {"a": "1"}) is meets


def test_an_empty_selector_selects_all_and_none_selects_nothing():
    assert selects({}, {"a": "1"})
    assert not selects(None, {"a": "1"})
