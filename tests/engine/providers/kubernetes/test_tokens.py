from __future__ import annotations

import pytest

from hubwright.core.errors import UnsupportedError
from hubwright.engine.providers.kubernetes import create_provider
from hubwright.engine.providers.kubernetes.tokens import parse_token


@pytest.mark.parametrize(
    ("token", "api_version", "namespaced"),
    [
        ("kubernetes:core/v1:Namespace", "v1", False),
        ("kubernetes:core/v1:Secret", "v1", True),
        ("kubernetes:apps/v1:Deployment", "apps/v1", True),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "rbac.authorization.k8s.io/v1", False),
        ("kubernetes:networking.k8s.io/v1:Ingress", "networking.k8s.io/v1", True),
        ("kubernetes:traefik.io/v1alpha1:Middleware", "traefik.io/v1alpha1", None),
    ],
)
def test_plain_kinds(token: str, api_version: str, namespaced: bool | None):
    parsed = parse_token(token)
    assert (parsed.api_version, parsed.is_namespaced) == (api_version, namespaced)


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:yaml/v2:ConfigGroup",
        "kubernetes:yaml:ConfigFile",
        "kubernetes:helm.sh/v4:Chart",
        "kubernetes:helm.sh/v3:Chart",
        "kubernetes:kustomize/v2:Directory",
        "kubernetes:apps/v1:DeploymentPatch",
        "kubernetes:core/v1:ConfigMapList",
        "kubernetes:nonsense",
    ],
)
def test_what_is_no_plain_object_is_refused_by_name(token: str):
    with pytest.raises(UnsupportedError, match=token):
        parse_token(token)
    assert not create_provider({"kubeconfig": "/nowhere"}).supports(token)


def test_the_release_and_plain_kinds_are_supported():
    provider = create_provider({"kubeconfig": "/nowhere"})
    assert provider.supports("kubernetes:helm.sh/v3:Release")
    assert provider.supports("kubernetes:batch/v1:Job")


def test_inputs_kept_in_the_state_are_secret():
    provider = create_provider({"kubeconfig": "/nowhere"})
    assert provider.secret_outputs("kubernetes:helm.sh/v3:Release") == {"__inputs"}
    assert provider.secret_outputs("kubernetes:core/v1:Secret") == {"__inputs", "data", "stringData"}
