from __future__ import annotations

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from hubwright.core.diff import ChangeKind
from hubwright.core.manifest_diff import ObjectChange, diff_manifests, keyed
from hubwright.core.manifest_secrets import KnownSecrets

from .conftest import DEPLOYMENT, SECRET, manifest


def changed(change):
    body = copy.deepcopy(DEPLOYMENT)
    change(body)
    return diff_manifests([manifest(DEPLOYMENT)], [manifest(body)])


def pod(body):
    return body["spec"]["template"]["spec"]


def test_equal_renderings_have_no_difference():
    assert diff_manifests([manifest(DEPLOYMENT)], [manifest(copy.deepcopy(DEPLOYMENT))]) == ()


def test_objects_come_and_go():
    found = diff_manifests([manifest(SECRET)], [manifest(DEPLOYMENT)])
    assert [(d.identity.kind, d.change) for d in found] == [
        ("Deployment", ObjectChange.ADD),
        ("Secret", ObjectChange.REMOVE),
    ]


def test_a_new_api_version_is_the_same_object():
    other = {**DEPLOYMENT, "apiVersion": "apps/v2"}
    (diff,) = diff_manifests([manifest(DEPLOYMENT)], [manifest(other)])
    assert diff.change is ObjectChange.CHANGE
    assert [change.path for change in diff.changes] == ["apiVersion"]


def test_a_changed_image_is_one_leaf_and_restarts_pods():
    (diff,) = changed(lambda body: pod(body)["containers"][0].update(image="hub:5"))
    (leaf,) = diff.changes
    assert (leaf.path, leaf.old, leaf.new) == (
        "spec.template.spec.containers.hub.image",
        "quay.io/jupyterhub/k8s-hub:4.4.0",
        "hub:5",
    )
    assert diff.restarts


def test_a_container_put_first_is_one_addition():
    (diff,) = changed(lambda body: pod(body)["containers"].insert(0, {"name": "new", "image": "a:1"}))
    assert [(leaf.path, leaf.kind) for leaf in diff.changes] == [("spec.template.spec.containers.new", ChangeKind.ADD)]


def test_the_order_of_named_items_is_no_difference():
    assert changed(lambda body: pod(body)["containers"][0]["env"].reverse()) == ()


def test_checksums_and_chart_labels_are_counted_and_not_listed():
    def change(body):
        body["spec"]["template"]["metadata"]["annotations"]["checksum/config"] = "2"
        body["metadata"]["labels"]["chart"] = "jupyterhub-2"

    (diff,) = changed(change)
    assert (diff.changes, diff.folded, diff.restarts) == ((), 2, True)


def test_replicas_change_without_a_restart():
    (diff,) = changed(lambda body: body["spec"].update(replicas=2))
    assert not diff.restarts


def test_secrets_are_in_no_difference():
    other = {**SECRET, "stringData": {"token": "n3w-n3w-n3w", "more": "n3w-n3w-n3w"}}
    loud = {**DEPLOYMENT, "metadata": {**DEPLOYMENT["metadata"], "annotations": {"token": "n3w-n3w-n3w"}}}
    found = diff_manifests(
        [manifest(SECRET), manifest(DEPLOYMENT)],
        [manifest(other), manifest(loud)],
        secrets=KnownSecrets(["n3w-n3w-n3w"]),
    )
    assert len(found) == 2
    assert "n3w" not in repr(found)
    assert "s3cret" not in repr(found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "a", "b"]), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, json_values)
def test_there_is_a_difference_exactly_where_there_is_one(old, new):
    before, after = ({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": each} for each in (old, new))
    found = diff_manifests([manifest(before)], [manifest(after)])
    assert bool(found) == (json.dumps(keyed(old), sort_keys=True) != json.dumps(keyed(new), sort_keys=True))
