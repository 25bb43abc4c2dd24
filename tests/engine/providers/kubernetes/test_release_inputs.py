from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubwright.adapters.helm import ChartReference
from hubwright.core.errors import UnsupportedError
from hubwright.engine.property_values import UNKNOWN
from hubwright.engine.providers.base import OperationContext
from hubwright.engine.providers.kubernetes import create_provider
from hubwright.engine.providers.kubernetes.release_inputs import (
    complete_inputs,
    find_chart,
    helm_options,
    helm_values,
)

RELEASE = "kubernetes:helm.sh/v3:Release"
CONTEXT = OperationContext("urn", preview=True)


def complete(**news: Any) -> dict[str, Any]:
    return complete_inputs({"chart": "tiny", **news}, None, "web", "hub")


@pytest.mark.parametrize(
    "option",
    ["disableCRDHooks", "lint", "manifest", "postrender", "recreatePods", "replace", "valueYamlFiles", "verify"],
)
def test_options_that_are_not_there_are_refused_by_name(option: str):
    provider = create_provider({"kubeconfig": UNKNOWN})
    with pytest.raises(UnsupportedError, match=option):
        provider.check(RELEASE, None, {"chart": "tiny", option: True}, "web", CONTEXT)


def test_repository_credentials_are_refused_without_being_shown():
    provider = create_provider({"kubeconfig": UNKNOWN})
    with pytest.raises(UnsupportedError, match=r"repositoryOpts\.password") as caught:
        provider.check(RELEASE, None, {"chart": "t", "repositoryOpts": {"password": "hunter22"}}, "web", CONTEXT)
    assert "hunter22" not in caught.value.message


def test_unknown_options_and_a_missing_chart_are_check_failures():
    provider = create_provider({"kubeconfig": UNKNOWN})
    result = provider.check(RELEASE, None, {"valuess": {}}, "web", CONTEXT)
    assert sorted(failure.property for failure in result.failures) == ["chart", "valuess"]


def test_a_preview_with_unknown_values_does_not_call_helm(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUBWRIGHT_HELM", "/nowhere/helm")
    provider = create_provider({"kubeconfig": UNKNOWN})
    result = provider.check(RELEASE, None, {"chart": "./x", "values": {"host": UNKNOWN}}, "web", CONTEXT)
    assert not result.failures
    assert "checksum" not in result.inputs


def test_an_autoname_is_kept():
    first = complete()
    assert first["name"].startswith("web-")
    assert complete_inputs({"chart": "tiny"}, first, "web", "hub")["name"] == first["name"]


def test_inputs_written_short_and_in_full_are_the_same():
    provider = create_provider({"kubeconfig": UNKNOWN})
    short = {"chart": "tiny", "name": "web", "namespace": "hub", "timeout": 300, "checksum": "1"}
    full = {**complete(name="web"), "checksum": "1", "keyring": "/home/a/.gnupg/pubring.gpg"}
    assert not provider.diff(RELEASE, "hub/web", short, {}, full, CONTEXT).changed


def test_values_are_compared_in_depth():
    provider = create_provider({"kubeconfig": UNKNOWN})
    old = {**complete(name="web", values={"hub": {"db": [1, 2]}}), "checksum": "1"}
    new = {**complete(name="web", values={"hub": {"db": [1, 3]}}), "checksum": "2"}
    diff = provider.diff(RELEASE, "hub/web", old, {}, new, CONTEXT)
    assert (list(diff.changed), list(diff.replace)) == (["values.hub.db[1]", "checksum"], [])


def test_a_changed_chart_alone_is_an_update():
    provider = create_provider({"kubeconfig": UNKNOWN})
    old, new = {**complete(name="web"), "checksum": "1"}, {**complete(name="web"), "checksum": "2"}
    assert list(provider.diff(RELEASE, "hub/web", old, {}, new, CONTEXT).changed) == ["checksum"]


def test_what_is_not_computed_yet_is_no_change():
    provider = create_provider({"kubeconfig": UNKNOWN})
    old = {**complete(name="web"), "checksum": "1", "resourceNames": {"Service/v1": ["web"]}}
    assert not provider.diff(RELEASE, "hub/web", old, {}, complete(name="web"), CONTEXT).changed


def test_another_name_or_namespace_is_another_release():
    provider = create_provider({"kubeconfig": UNKNOWN})
    diff = provider.diff(RELEASE, "hub/web", complete(name="web"), {}, complete(name="b", namespace="c"), CONTEXT)
    assert sorted(diff.replace) == ["name", "namespace"]


def test_nulls_reach_helm_only_where_they_are_allowed():
    values = {"a": None, "b": [None, {"c": None, "d": 1}]}
    assert helm_values({"values": values}) == {"b": [{"d": 1}]}
    assert helm_values({"values": values, "allowNullValues": True}) == values


def test_options_for_helm():
    options = helm_options(complete(skipAwait=True, createNamespace=True, waitForJobs=True))
    assert (options.wait, options.wait_for_jobs, options.create_namespace) == (False, False, True)
    assert helm_options(complete(skipAwait=True, atomic=True)).wait
    assert helm_options(complete(timeout=40)).timeout_s == 40
    assert helm_options(complete(timeout=40), timeout_s=90.0).timeout_s == 90


@pytest.mark.parametrize(
    ("inputs", "reference"),
    [
        ({"chart": "oci://example.test/tiny", "version": "1"}, ChartReference("oci://example.test/tiny", None, "1")),
        (
            {"chart": "tiny", "version": "1", "repositoryOpts": {"repo": "https://example.test/"}},
            ChartReference("tiny", "https://example.test/", "1"),
        ),
        ({"chart": "tiny", "repositoryOpts": {"repo": "stable"}}, ChartReference("stable/tiny")),
        ({"chart": "stable/tiny"}, ChartReference("stable/tiny")),
    ],
)
def test_charts_elsewhere(inputs: dict[str, Any], reference: ChartReference, tmp_path: Path):
    assert find_chart(inputs, tmp_path) == reference


@pytest.mark.parametrize(
    ("package", "version", "reference"),
    [
        ("/cache/my-chart-1.0.0.tgz", "1.0.0", ChartReference("/cache/my-chart-1.0.0.tgz")),
        ("/cache/my-chart-0.9.0.tgz", "1.0.0", ChartReference("my-chart", "https://example.test/", "1.0.0")),
        ("/cache/my-chart-1.0.0.tgz", "", ChartReference("my-chart", "https://example.test/")),
    ],
)
def test_the_verified_package_is_what_helm_gets(
    package: str, version: str, reference: ChartReference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HUBWRIGHT_CHART_MY_CHART", package)
    inputs = {"chart": "my-chart", "version": version, "repositoryOpts": {"repo": "https://example.test/"}}
    assert find_chart(inputs, tmp_path) == reference


def test_a_local_chart_is_looked_for_from_the_programs_folder(tmp_path: Path):
    (tmp_path / "charts/tiny").mkdir(parents=True)
    (tmp_path / "charts/tiny/Chart.yaml").touch()
    reference = ChartReference(str(tmp_path / "charts/tiny"))
    assert find_chart({"chart": "charts/tiny", "version": "9"}, tmp_path) == reference
    assert find_chart({"chart": "./charts/tiny"}, tmp_path) == reference
