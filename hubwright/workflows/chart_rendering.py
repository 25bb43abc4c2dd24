"""Renders the charts of releases, several at once; what was rendered before comes from the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hubwright.adapters.helm import ChartReference, HelmClient, ReleaseOptions, find_helm
from hubwright.adapters.render_cache import RenderCache, RenderInput, chart_digest, program_digest
from hubwright.core.errors import ConfigError
from hubwright.core.manifests import Manifest, parse_manifests, read_manifest
from hubwright.core.stack_releases import StackRelease
from hubwright.workflows.stack_values import ReleaseValues

MOST_AT_ONCE = 4
BESIDE = "hubwright"
"""The source of an object that the program makes itself, beside the chart's."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The cluster that charts are rendered for. Without `api_versions` Helm takes those of its own Kubernetes."""

    kube_version: str
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenderedRelease:
    """One release as Helm would apply it."""

    name: str
    chart: str
    version: str
    namespace: str
    manifests: tuple[Manifest, ...]
    from_cache: bool


def render_all(
    values: Sequence[ReleaseValues], capabilities: Capabilities, cache: RenderCache | None
) -> tuple[RenderedRelease, ...]:
    """Render releases in their order. Raises ConfigError for a chart that is not here, ValuesError when one refuses."""
    packages = {each.package for each in values if each.package and cache}
    renderer = _Renderer(find_helm(), capabilities, cache, {package: chart_digest(package) for package in packages})
    with ThreadPoolExecutor(max_workers=MOST_AT_ONCE) as pool:
        return tuple(pool.map(renderer.render, values))


@dataclass(frozen=True)
class _Renderer:
    """Renders for one cluster with one Helm."""

    helm: Path
    capabilities: Capabilities
    cache: RenderCache | None
    digests: Mapping[Path, str]

    def render(self, values: ReleaseValues) -> RenderedRelease:
        """Render one release."""
        release, chart = values.release, values.chart
        if values.package is None:
            raise ConfigError(f"the chart {chart.name} is not on this machine", hint="run `hubwright charts pull`")
        text, from_cache = self._cached(values, values.package)
        version = chart.definition.version if chart.definition else chart.version or ""
        manifests = (*_beside(release), *parse_manifests(text, release=release.name, namespace=release.namespace))
        return RenderedRelease(release.name, chart.name, version, release.namespace, manifests, from_cache)

    def _cached(self, values: ReleaseValues, package: Path) -> tuple[str, bool]:
        if self.cache is None:
            return self._template(values, package), False
        release, capabilities = values.release, self.capabilities
        key = RenderInput(
            chart_digest=self.digests[package],
            helm_digest=program_digest(self.helm),
            release=release.name,
            namespace=release.namespace,
            kube_version=capabilities.kube_version,
            api_versions=capabilities.api_versions,
            values=values.merged.values,
        )
        known = self.cache.get(key)
        if known is not None:
            return known, True
        rendered = self._template(values, package)
        self.cache.put(key, rendered)
        return rendered, False

    def _template(self, values: ReleaseValues, package: Path) -> str:
        return HelmClient("", binary=self.helm).template(
            values.release.name,
            ChartReference(str(package)),
            values.merged.values,
            namespace=values.release.namespace,
            options=ReleaseOptions(),
            kube_version=self.capabilities.kube_version,
            api_versions=self.capabilities.api_versions,
        )


def _beside(release: StackRelease) -> list[Manifest]:
    return [
        read_manifest(body, release=release.name, namespace=release.namespace, source=BESIDE) for body in release.beside
    ]
