"""What a command has done, as data and as the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubwright.workflows.steps import PhaseTiming, RunReport
from hubwright.workflows.up import UpReport


def report_data(report: UpReport) -> dict[str, Any]:
    """Return the report as JSON-like data; `version` changes when a field changes its meaning."""
    return {
        "version": 1,
        "stack": report.stack,
        "changes": report.result.changes if report.result else None,
        "counts": dict(report.result.counts) if report.result else {},
        "outputs": report.outputs,
        "kubeconfig": str(report.kubeconfig) if report.kubeconfig else None,
        "pods": {"total": report.pods.total, "ready": report.pods.ready} if report.pods else None,
        "dns": report.resolved,
        "phases_s": phases_data(report.timings),
    }


def run_data(report: RunReport) -> dict[str, Any]:
    """Return what a preview or a destruction found, as JSON-like data."""
    return {
        "version": 1,
        "changes": report.result.changes,
        "counts": dict(report.result.counts),
        "phases_s": phases_data(report.timings),
    }


def phases_data(timings: Sequence[PhaseTiming]) -> dict[str, float]:
    """Return the seconds that each step took, by its title."""
    return {timing.title: round(timing.duration_s, 2) for timing in timings}


def report_rows(report: UpReport) -> dict[str, str]:
    """Return the report as two columns."""
    outputs = report.outputs
    rows: dict[str, str] = {}
    for title, key in (("hub", "hub_url"), ("binder", "binder_url"), ("registry", "registry_url")):
        if outputs.get(key):
            rows[title] = str(outputs[key])
    if outputs.get("load_balancer_address"):
        rows["load balancer"] = str(outputs["load_balancer_address"])
    for name, addresses in report.resolved.items():
        rows[f"dns {name}"] = ", ".join(addresses) or "no record"
    if report.pods:
        waiting = f"; waiting: {', '.join(report.pods.waiting)}" if report.pods.waiting else ""
        rows["pods ready"] = f"{report.pods.ready} of {report.pods.total}{waiting}"
    if report.kubeconfig:
        rows["kubeconfig"] = str(report.kubeconfig)
    rows["time"] = ", ".join(f"{timing.title} {timing.duration_s:.1f} s" for timing in report.timings)
    rows["next"] = _next_command(report)
    return rows


def _next_command(report: UpReport) -> str:
    if report.kubeconfig:
        return f"kubectl --kubeconfig {report.kubeconfig} get pods -A"
    return f"hubwright outputs {report.stack}"
