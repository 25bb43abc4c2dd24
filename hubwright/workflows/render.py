"""Show what Helm would apply for a stack, check it against the policy, and ask the cluster what it thinks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from components.value_layers import ValueLayers
from hubwright.adapters.helm import ChartReference, HelmClient, ReleaseOptions, find_helm
from hubwright.adapters.render_cache import RenderCache, RenderInput, chart_digest, default_folder, program_digest
from hubwright.core.errors import ConfigError, PolicyError, UsageError
from hubwright.core.manifest_secrets import KnownSecrets
from hubwright.core.manifests import Manifest, parse_manifests, read_manifest
from hubwright.core.nearest import nearest_name
from hubwright.core.policy import Violation, check_manifests
from hubwright.core.settings import Settings
from hubwright.core.stack_releases import stack_releases
from hubwright.workflows.deployed_facts import DeployedFacts, read_facts
from hubwright.workflows.display import Display
from hubwright.workflows.stack_values import ReleaseValues, check_release, merge_release, open_catalog, read_settings
from hubwright.workflows.steps import PhaseTiming, Step, run_steps
from hubwright.workflows.surroundings import CHARTS_KEY, STAND_IN, Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget

MOST_AT_ONCE = 4
BESIDE = "hubwright"
"""The source of an object that the program makes itself, beside the chart's."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What to render and what to do with it. `chart` is a chart's or a release's name; None: all."""

    chart: str | None = None
    show_secrets: bool = False
    check: bool = False
    use_cache: bool = True


@dataclass(frozen=True)
class RenderedRelease:
    """One release as Helm would apply it."""

    name: str
    chart: str
    version: str
    namespace: str
    manifests: tuple[Manifest, ...]
    from_cache: bool


@dataclass(slots=True)
class RenderReport:
    """What was rendered. `secrets` are the texts to hide, `placeholders` the facts that are not known yet."""

    stack: str
    kube_version: str = ""
    releases: Sequence[RenderedRelease] = ()
    placeholders: Sequence[str] = ()
    secrets: KnownSecrets = field(default_factory=lambda: KnownSecrets(()))
    violations: Sequence[Violation] | None = None
    timings: Sequence[PhaseTiming] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """Every object of every release."""
        return tuple(manifest for release in self.releases for manifest in release.manifests)


def run_render(target: DeployTarget, display: Display, options: RenderOptions) -> RenderReport:
    """Render the charts of a stack, check the manifests, and report; no cluster and no cloud is asked.

    Raises ValuesError when the values do not fit their chart, UsageError for a chart that the stack has not.
    """
    report = RenderReport(target.stack)
    surroundings = Surroundings()
    settings: list[Settings] = []
    values: list[ReleaseValues] = []

    def merge() -> None:
        source = surroundings.config_overrides.get(CHARTS_KEY)
        facts = read_facts(target, settings[0], with_secrets=options.show_secrets)
        report.placeholders = facts.placeholders
        report.secrets = KnownSecrets(facts.secrets)
        report.kube_version = settings[0].cluster.version
        values.extend(merge_values(target, settings[0], facts, stand_ins=source == STAND_IN, chart=options.chart))
        for release in values:
            check_release(release)

    def render() -> None:
        cache = RenderCache(default_folder()) if options.use_cache and not options.show_secrets else None
        report.releases = render_all(values, report.kube_version, cache)

    def check() -> None:
        report.violations = check_manifests(report.manifests, secrets=report.secrets)

    steps = [Step("settings", lambda: settings.append(read_settings(target)))]
    steps += surroundings_steps(target, display, surroundings, with_cloud=False)
    steps += [Step("values", merge), Step("manifests", render)]
    steps += [Step("policy", check)] if options.check else []
    report.timings = run_steps(steps, display)
    return report


def merge_values(
    target: DeployTarget, settings: Settings, facts: DeployedFacts, *, stand_ins: bool, chart: str | None
) -> list[ReleaseValues]:
    """Merge the values of a stack's releases, or of the one that `chart` names."""
    releases = stack_releases(settings, facts.facts, derive=lambda function, value: function(value))
    if chart is not None:
        wanted = [release for release in releases if chart in (release.chart, release.name)]
        if not wanted:
            names = [release.chart for release in releases]
            near = nearest_name(chart, names)
            raise UsageError(
                f"stack {target.stack} has no chart {chart}",
                hint=f"did you mean {near}?" if near else f"its charts are: {', '.join(names)}",
            )
        releases = tuple(wanted)
    catalog = open_catalog(target.project, "stand-in" if stand_ins else "official")
    layers = ValueLayers(target.project.folder, settings.cloud.kind, target.stack)
    return [merge_release(catalog, layers, release) for release in releases]


def render_all(
    values: Sequence[ReleaseValues], kube_version: str, cache: RenderCache | None
) -> tuple[RenderedRelease, ...]:
    """Render releases, several at once; what is in the cache is not rendered again."""
    helm = find_helm()
    render = partial(_render, helm=HelmClient("", binary=helm), build=program_digest(helm), cache=cache)
    calls: list[Callable[[], RenderedRelease]] = [partial(render, each, kube_version) for each in values]
    with ThreadPoolExecutor(max_workers=MOST_AT_ONCE) as pool:
        return tuple(future.result() for future in [pool.submit(call) for call in calls])


def require_no_violations(report: RenderReport) -> None:
    """Raise PolicyError when the policy refuses something."""
    if report.violations:
        count = len(report.violations)
        raise PolicyError(
            f"stack {report.stack}: the policy refuses {count} thing{'s' if count > 1 else ''} in its manifests",
            hint="; ".join(dict.fromkeys(f"{each.code}: {each.hint}" for each in report.violations)),
        )


def _render(
    values: ReleaseValues, kube_version: str, *, helm: HelmClient, build: str, cache: RenderCache | None
) -> RenderedRelease:
    release, package = values.release, values.package
    if package is None:
        raise ConfigError(f"the chart {values.chart.name} is not on this machine", hint="run `hubwright charts pull`")
    key = RenderInput(
        chart_digest(package), build, release.name, release.namespace, kube_version, (), values.merged.values
    )
    text = cache.get(key) if cache else None
    from_cache = text is not None
    if text is None:
        text = _template(helm, package, values, kube_version)
        if cache:
            cache.put(key, text)
    version = values.chart.definition.version if values.chart.definition else values.chart.version or ""
    beside = [
        read_manifest(body, release=release.name, namespace=release.namespace, source=BESIDE) for body in release.beside
    ]
    manifests = (*beside, *parse_manifests(text, release=release.name, namespace=release.namespace))
    return RenderedRelease(release.name, values.chart.name, version, release.namespace, manifests, from_cache)


def _template(helm: HelmClient, package: Path, values: ReleaseValues, kube_version: str) -> str:
    release = values.release
    return helm.template(
        release.name,
        ChartReference(str(package)),
        values.merged.values,
        namespace=release.namespace,
        options=ReleaseOptions(),
        kube_version=kube_version,
    )
