"""What `hubwright render` prints: manifests as YAML or data, and tables of objects and violations."""

from __future__ import annotations

from typing import Any

from hubwright.adapters.kubernetes import Outcome
from hubwright.core.manifest_secrets import mask_manifest
from hubwright.core.manifests import Identity, Manifest
from hubwright.core.policy import RULES, Violation
from hubwright.core.yaml_source import dump_yaml
from hubwright.workflows.render import RenderReport
from hubwright.workflows.server_check import ServerAnswer

_LABELS = {
    "registry_url": "the registry's address",
    "registry_username": "the registry's user",
    "registry_password": "the registry's password",
    "registry_pull_username": "the registry's pulling user",
    "registry_pull_password": "the registry's pulling password",
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
    if report.server is not None:
        data["server"] = {
            "url": report.server.server_url,
            "counts": {outcome.value: count for outcome, count in report.server.counts().items()},
            "objects": [
                {**identity_data(answer.manifest.identity), **_answer_data(answer, report)}
                for answer in report.server.answers
            ],
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


def identity_data(identity: Identity) -> dict[str, Any]:
    """Return what tells an object from others."""
    return {
        "group": identity.group,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
    }


def server_lines(report: RenderReport) -> list[str]:
    """Return a line for each object that the cluster would change or deny, and the counts of all."""
    if report.server is None:
        return []
    lines = []
    for answer in report.server.answers:
        if answer.result.outcome is not Outcome.UNCHANGED:
            hook = " (hook)" if answer.manifest.hook else ""
            lines.append(f"{answer.result.outcome.value:<10}  {answer.manifest.identity}{hook}")
            lines += [f"            {report.secrets.mask(answer.result.message)}"] if answer.result.message else []
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.server.counts().items())
    return [*lines, f"{counts}, by a dry run of {report.server.server_url}"]


def policy_lines(report: RenderReport) -> list[str]:
    """Return each broken rule's reason once and a line for each place; nothing when the policy was not asked."""
    if report.violations is None:
        return []
    lines = []
    for rule in RULES:
        found = [violation for violation in report.violations if violation.code == rule.code]
        if found:
            lines += [f"{rule.code}: {rule.reason}"]
            lines += [f"  {_place(violation)}: {violation.found}  ({violation.source})" for violation in found]
    return lines or [f"policy ok: {len(report.manifests)} objects, {len(RULES)} rules"]


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
        **identity_data(identity),
        "source": manifest.source,
        "hook": {"events": hook.events, "weight": hook.weight, "delete": hook.delete_policies} if hook else None,
    }
    if whole:
        data["manifest"] = _shown(report, manifest, show_secrets=show_secrets)
    return data


def _violation_data(violation: Violation) -> dict[str, Any]:
    return {
        "code": violation.code,
        "object": identity_data(violation.identity),
        "path": violation.path,
        "found": violation.found,
        "reason": violation.reason,
        "hint": violation.hint,
        "source": violation.source,
    }


def _answer_data(answer: ServerAnswer, report: RenderReport) -> dict[str, Any]:
    return {"outcome": answer.result.outcome.value, "message": report.secrets.mask(answer.result.message)}


def _place(violation: Violation) -> str:
    return f"{violation.identity} {violation.path}".rstrip()
