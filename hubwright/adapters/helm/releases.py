"""What the Helm adapter takes and gives: a chart, the options of a release, the state of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubwright.adapters.helm.manifest import ObjectAddress, list_objects

PENDING_STATUSES = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})


@dataclass(frozen=True, slots=True)
class ChartReference:
    """A chart: a folder or archive (absolute path), an ``oci://`` URL, or a name in `repository`."""

    chart: str
    repository: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """How to install, upgrade and remove a release; the names are those of Helm's flags. Times in seconds."""

    timeout_s: int = 300
    wait: bool = True
    wait_for_jobs: bool = False
    atomic: bool = False
    cleanup_on_fail: bool = False
    create_namespace: bool = False
    description: str | None = None
    devel: bool = False
    force: bool = False
    no_hooks: bool = False
    skip_crds: bool = False
    take_ownership: bool = False
    reset_values: bool = False
    reuse_values: bool = False
    dependency_update: bool = False
    disable_openapi_validation: bool = False
    render_subchart_notes: bool = False
    max_history: int = 0

    def flags(self) -> list[str]:
        """Return the flags of ``helm upgrade`` that pyhelm3 has no argument for."""
        wanted = {
            "--dependency-update": self.dependency_update,
            "--disable-openapi-validation": self.disable_openapi_validation,
            "--render-subchart-notes": self.render_subchart_notes,
        }
        return [flag for flag, is_set in wanted.items() if is_set]


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """One revision of a release as the cluster keeps it. `values` and `manifest` may hold secrets: never shown."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str = ""
    version: str = ""
    app_version: str = ""
    description: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    manifest: str = field(default="", repr=False)
    hooks: Sequence[str] = field(default=(), repr=False)

    @property
    def is_pending(self) -> bool:
        """Whether an operation was begun and not ended: it still runs, or it was killed."""
        return self.status in PENDING_STATUSES

    def objects(self) -> list[ObjectAddress]:
        """Return the objects of the release, hooks left out."""
        return list_objects(self.manifest)

    def hook_objects(self) -> list[ObjectAddress]:
        """Return the objects that hooks make."""
        return [item for hook in self.hooks for item in list_objects(hook)]


def parse_state(release: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> ReleaseState:
    """Read Helm's JSON of a release, and of ``helm get metadata`` for what the former leaves out."""
    info = release.get("info") or {}
    chart = metadata or _chart_metadata(release)
    return ReleaseState(
        name=str(release["name"]),
        namespace=str(release["namespace"]),
        revision=int(release["version"]),
        status=str(info.get("status", "unknown")),
        chart=str(chart.get("chart", "")),
        version=str(chart.get("version", "")),
        app_version=str(chart.get("appVersion") or ""),
        description=str(info.get("description") or ""),
        values=release.get("config") or {},
        manifest=str(release.get("manifest") or ""),
        hooks=tuple(str(hook.get("manifest") or "") for hook in release.get("hooks") or []),
    )


def _chart_metadata(release: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = (release.get("chart") or {}).get("metadata") or {}
    return {"chart": metadata.get("name", ""), **metadata}
