"""The inputs of a Release: which are supported, their defaults, and what they mean to Helm. Pure but for `find_chart`.

Checked inputs are written out in full (``atomic: false`` …) as pulumi-kubernetes writes them, with two computed ones:
``checksum``, the SHA-256 of the rendered manifest, so that a changed chart folder is a change of the release, and
``resourceNames``, the objects by kind.
"""

from __future__ import annotations

import copy
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hubwright.adapters.helm import ChartReference, ReleaseOptions
from hubwright.core.charts import verified_package
from hubwright.core.errors import UnsupportedError
from hubwright.engine.property_values import PropertyMap, PropertyValue
from hubwright.engine.providers.base import CheckFailure

DEFAULT_TIMEOUT_S: Final = 300
COMPUTED: Final = frozenset({"checksum", "resourceNames"})

_FLAGS: Final = (
    "allowNullValues",
    "atomic",
    "cleanupOnFail",
    "createNamespace",
    "dependencyUpdate",
    "devel",
    "disableCRDHooks",
    "disableOpenapiValidation",
    "disableWebhooks",
    "forceUpdate",
    "lint",
    "recreatePods",
    "renderSubchartNotes",
    "replace",
    "resetValues",
    "reuseValues",
    "skipAwait",
    "skipCrds",
    "takeOwnership",
    "verify",
    "waitForJobs",
)
_TEXTS: Final = ("description", "keyring", "postrender", "version")
_REPOSITORY_TEXTS: Final = ("caFile", "certFile", "keyFile", "password", "repo", "username")
_OTHERS: Final = ("chart", "checksum", "compat", "maxHistory", "name", "namespace", "repositoryOpts", "resourceNames")
_KNOWN: Final = frozenset({*_FLAGS, *_TEXTS, *_OTHERS, "timeout", "values"})

_UNSUPPORTED: Final = {
    "disableCRDHooks": "leave it out",
    "lint": "lint the chart before",
    "manifest": "leave it out",
    "postrender": "change the chart, or use values",
    "recreatePods": "change a value that is in the pods' template",
    "replace": "choose another release name",
    "valueYamlFiles": "read the files in the program and pass one merged `values`",
    "verify": "pin the chart's digest in charts.lock, which is always verified",
}


def refuse_unsupported(news: PropertyMap) -> None:
    """Raise UnsupportedError naming the first option that the embedded engine does not have."""
    for key, advice in _UNSUPPORTED.items():
        if news.get(key):
            raise UnsupportedError(f"the embedded engine has no Release option {key!r}", hint=advice)
    options = news.get("repositoryOpts")
    for key in ("username", "password", "caFile", "certFile", "keyFile"):
        if isinstance(options, dict) and options.get(key):
            raise UnsupportedError(
                f"the embedded engine has no Release option 'repositoryOpts.{key}'",
                hint="pull the chart before and give its path, or use `helm registry login` with an oci:// chart",
            )


def complete_inputs(news: PropertyMap, olds: PropertyMap | None, name: str, namespace: str) -> PropertyMap:
    """Fill in every default, the namespace, and a name that is kept from run to run."""
    given = {key: value for key, value in copy.deepcopy(news).items() if value is not None}
    inputs: PropertyMap = {**dict.fromkeys(_FLAGS, False), **dict.fromkeys(_TEXTS, ""), "values": {}, **given}
    if not inputs.get("name"):
        inputs["name"] = (olds or {}).get("name") or f"{name}-{secrets.token_hex(4)}"
    if not inputs.get("namespace"):
        inputs["namespace"] = namespace
    if not inputs["skipAwait"]:
        inputs.setdefault("timeout", DEFAULT_TIMEOUT_S)
    if isinstance(inputs.get("repositoryOpts"), dict):
        inputs["repositoryOpts"] = {**dict.fromkeys(_REPOSITORY_TEXTS, ""), **inputs["repositoryOpts"]}
    return inputs


def find_failures(inputs: PropertyMap) -> list[CheckFailure]:
    """Return what is wrong with completed inputs, as far as it can be told without the chart."""
    failures = [CheckFailure(key, "is no property of a Release") for key in inputs if key not in _KNOWN]
    if not inputs.get("chart"):
        failures.append(CheckFailure("chart", "is missing"))
    return failures


def without_defaults(inputs: PropertyMap, *, computed: bool) -> PropertyMap:
    """Leave out what says nothing (false, empty), so that inputs written by either engine compare alike."""
    return {
        key: _drop_empty(value) if key == "repositoryOpts" else value
        for key, value in inputs.items()
        if (computed or key not in COMPUTED) and value not in (False, "", None, {}) and key != "keyring"
    }


def helm_values(inputs: PropertyMap) -> dict[str, Any]:
    """Return the values for Helm; nulls are left out unless `allowNullValues` keeps them, as in pulumi-kubernetes."""
    values = inputs.get("values") or {}
    kept: dict[str, Any] = values if inputs.get("allowNullValues") else _without_nulls(values)
    return kept


def helm_options(inputs: PropertyMap, *, timeout_s: float | None = None) -> ReleaseOptions:
    """Return Helm's options; `timeout_s`, the resource's custom time-out, wins over the input `timeout`."""
    waits = inputs.get("atomic", False) or not inputs.get("skipAwait", False)
    return ReleaseOptions(
        timeout_s=int(timeout_s or inputs.get("timeout") or DEFAULT_TIMEOUT_S),
        wait=waits,
        wait_for_jobs=waits and bool(inputs.get("waitForJobs")),
        atomic=bool(inputs.get("atomic")),
        cleanup_on_fail=bool(inputs.get("cleanupOnFail")),
        create_namespace=bool(inputs.get("createNamespace")),
        description=inputs.get("description") or None,
        devel=bool(inputs.get("devel")),
        force=bool(inputs.get("forceUpdate")),
        no_hooks=bool(inputs.get("disableWebhooks")),
        skip_crds=bool(inputs.get("skipCrds")),
        take_ownership=bool(inputs.get("takeOwnership")),
        reset_values=bool(inputs.get("resetValues")),
        reuse_values=bool(inputs.get("reuseValues")),
        dependency_update=bool(inputs.get("dependencyUpdate")),
        disable_openapi_validation=bool(inputs.get("disableOpenapiValidation")),
        render_subchart_notes=bool(inputs.get("renderSubchartNotes")),
        max_history=int(inputs.get("maxHistory") or 0),
    )


def find_chart(inputs: PropertyMap, folder: Path) -> ChartReference:
    """Resolve the chart: a path from `folder`, an ``oci://`` URL, or a name in a repository.

    A chart of a repository whose package was verified on this machine before is that very package: Helm would download
    it again and ask for no digest. The inputs keep name, repository and version, or a relative path, so that the state
    holds no machine's path.
    """
    chart = str(inputs["chart"]).strip()
    version = str(inputs.get("version") or "").strip() or None
    repository = str((inputs.get("repositoryOpts") or {}).get("repo") or "")
    if chart.startswith("oci://") or "://" in repository:
        if version and (package := verified_package(os.environ, chart, version)):
            return ChartReference(package)
        if chart.startswith("oci://"):
            return ChartReference(chart, version=version)
        return ChartReference(chart, repository, version)
    if repository and "/" not in chart:
        return ChartReference(f"{repository}/{chart}", version=version)
    path = folder / chart
    is_local = path.is_file() or (path / "Chart.yaml").is_file() or chart.startswith((".", "/"))
    return ChartReference(str(path.resolve()) if is_local else chart, version=None if is_local else version)


def _drop_empty(value: PropertyValue) -> PropertyValue:
    return {key: item for key, item in value.items() if item != ""} if isinstance(value, Mapping) else value


def _without_nulls(value: PropertyValue) -> PropertyValue:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
