"""What `hubwright render` prints: manifests as YAML or data, and tables of objects and violations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubwright.core.manifest_secrets import mask_manifest
from hubwright.core.manifests import Manifest
from hubwright.core.policy import RULES, Violation
from hubwright.core.yaml_source import dump_yaml
from hubwright.workflows.render import RenderReport

_LABELS = {
    "registry_url": "the registry's address",
    "registry_username": "the registry's user",
    "registry_password": "the registry's password",
    "load_balancer_id": "the load balancer's id",
}


def manifests_text(report: RenderReport, *, show_secrets: bool) -> str:
    """Return every manifest as one YAML stream, each after its release, its template and its hook."""
    return "".join(
        f"---\n{_comments(manifest)}{dump_yaml(_shown(report, manifest, show_secrets=show_secrets))}"
        for manifest in report.manifests
    )


def report_data(report: RenderReport, *, show_secrets: bool, with_manifests: bool = True) -> dict[str, Any]:
    """Return the report as JSON-like data; `version` changes when a field changes its meaning."""
    data: dict[str, Any] = {
        "version": 1,
        "stack": report.stack,
        "kube_version": report.kube_version,
        "placeholders": list(report.placeholders),
        "releases": [
            {
                "name": release.name,
                "chart": release.chart,
                "chart_version": release.version,
                "namespace": release.namespace,
                "from_cache": release.from_cache,
                "objects": [
                    _object_data(report, manifest, show_secrets=show_secrets, whole=with_manifests)
                    for manifest in release.manifests
                ],
            }
            for release in report.releases
        ],
    }
    if report.violations is not None:
        data["policy"] = {
            "rules": [rule.code for rule in RULES],
            "violations": [_violation_data(violation) for violation in report.violations],
        }
    return data


def object_rows(report: RenderReport) -> list[tuple[str, ...]]:
    """Return a table of the objects, its head first."""
    rows = [
        (
            release.name,
            manifest.kind,
            manifest.identity.namespace or "",
            manifest.name,
            ",".join(manifest.hook.events) if manifest.hook else "",
        )
        for release in report.releases
        for manifest in release.manifests
    ]
    return [("RELEASE", "KIND", "NAMESPACE", "NAME", "HOOK"), *rows]


def violation_lines(violations: Sequence[Violation]) -> list[str]:
    """Return a line for each violation, and the reason once for each rule."""
    lines = []
    for rule in RULES:
        found = [violation for violation in violations if violation.code == rule.code]
        if found:
            lines += [f"{rule.code}: {rule.reason}"]
            lines += [f"  {_place(violation)}: {violation.found}  ({violation.source})" for violation in found]
    return lines


def placeholder_note(report: RenderReport) -> str | None:
    """Say which values are made up, None when none is."""
    if not report.placeholders:
        return None
    names = [_LABELS.get(name, name.replace("_", " ")) for name in report.placeholders]
    return f"placeholders stand in for what `hubwright up {report.stack}` will know: {', '.join(names)}"


def _comments(manifest: Manifest) -> str:
    hook = manifest.hook
    text = f"# Release: {manifest.release}\n# Source: {manifest.source}\n"
    if hook:
        deleted = f", deleted {', '.join(hook.delete_policies)}" if hook.delete_policies else ""
        text += f"# Hook: {', '.join(hook.events)} (weight {hook.weight}{deleted})\n"
    return text


def _shown(report: RenderReport, manifest: Manifest, *, show_secrets: bool) -> dict[str, Any]:
    return manifest.body if show_secrets else mask_manifest(manifest, report.secrets).body


def _object_data(report: RenderReport, manifest: Manifest, *, show_secrets: bool, whole: bool) -> dict[str, Any]:
    identity, hook = manifest.identity, manifest.hook
    data: dict[str, Any] = {
        "group": identity.group,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "source": manifest.source,
        "hook": {"events": hook.events, "weight": hook.weight, "delete": hook.delete_policies} if hook else None,
    }
    if whole:
        data["manifest"] = _shown(report, manifest, show_secrets=show_secrets)
    return data


def _violation_data(violation: Violation) -> dict[str, Any]:
    identity = violation.identity
    return {
        "code": violation.code,
        "object": {
            "group": identity.group,
            "kind": identity.kind,
            "namespace": identity.namespace,
            "name": identity.name,
        },
        "path": violation.path,
        "found": violation.found,
        "reason": violation.reason,
        "hint": violation.hint,
        "source": violation.source,
    }


def _place(violation: Violation) -> str:
    return f"{violation.identity} {violation.path}".rstrip()
