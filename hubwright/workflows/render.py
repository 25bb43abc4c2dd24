"""Show what Helm would apply for a stack, check it against the policy, and ask the cluster what it thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from components.value_layers import ValueLayers
from hubwright.adapters.kubernetes import KubernetesClient
from hubwright.adapters.render_cache import RenderCache, default_folder
from hubwright.core.errors import PolicyError
from hubwright.core.manifest_secrets import KnownSecrets
from hubwright.core.manifests import Manifest
from hubwright.core.policy import Violation, check_manifests
from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import PoolPurpose
from hubwright.core.sizing import describe_shortfall
from hubwright.core.stack_releases import choose_releases, stack_releases
from hubwright.workflows.chart_rendering import Capabilities, RenderedRelease, render_all
from hubwright.workflows.deployed_facts import DeployedFacts, read_facts
from hubwright.workflows.display import Display
from hubwright.workflows.server_check import ServerReport, ask_server, open_cluster
from hubwright.workflows.stack_settings import read_settings
from hubwright.workflows.stack_values import ReleaseValues, check_release, merge_release, open_catalog
from hubwright.workflows.steps import PhaseTiming, Step, run_steps
from hubwright.workflows.surroundings import STAND_IN, Surroundings, surroundings_steps
from hubwright.workflows.target import DeployTarget


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What to render and what to do with it. `chart` is a chart's or a release's name; None: all."""

    chart: str | None = None
    show_secrets: bool = False
    check: bool = False
    server: bool = False
    use_cache: bool = True

    @property
    def with_secrets(self) -> bool:
        """Whether the real secrets are rendered: the cluster would take placeholders for a change."""
        return self.show_secrets or self.server


@dataclass(slots=True)
class RenderReport:
    """What was rendered. `secrets` are the texts to hide, `placeholders` the facts that are not known yet."""

    stack: str
    kube_version: str = ""
    releases: Sequence[RenderedRelease] = ()
    placeholders: Sequence[str] = ()
    secrets: KnownSecrets = field(default_factory=lambda: KnownSecrets(()))
    violations: Sequence[Violation] | None = None
    server: ServerReport | None = None
    timings: Sequence[PhaseTiming] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """Every object of every release."""
        return tuple(manifest for release in self.releases for manifest in release.manifests)


def run_render(target: DeployTarget, display: Display, options: RenderOptions) -> RenderReport:
    """Render the charts of a stack, check the manifests, and report; nothing but `server` asks a cluster.

    Raises ValuesError when the values do not fit their chart, UsageError for a chart that the stack has not.
    """
    report = RenderReport(target.stack)
    surroundings = Surroundings()
    settings: list[Settings] = []
    values: list[ReleaseValues] = []
    capabilities: list[Capabilities] = []
    clusters: list[KubernetesClient] = []

    def connect() -> None:
        clusters.append(open_cluster(target))
        capabilities.append(Capabilities(clusters[0].server_version(), tuple(clusters[0].api_versions())))

    def merge() -> None:
        if note := describe_shortfall(settings[0].pools_for(PoolPurpose.USER), settings[0].hub.users):
            display.warn(note)
        source = surroundings.chart_source
        facts = read_facts(target, settings[0], with_secrets=options.with_secrets)
        report.placeholders = facts.placeholders
        report.secrets = KnownSecrets(facts.secrets)
        report.kube_version = capabilities[0].kube_version if capabilities else f"{settings[0].cluster.version}.0"
        values.extend(merge_values(target, settings[0], facts, stand_ins=source == STAND_IN, chart=options.chart))
        for release in values:
            check_release(release)

    def render() -> None:
        cache = RenderCache(default_folder()) if options.use_cache and not options.with_secrets else None
        target_of_charts = capabilities[0] if capabilities else Capabilities(report.kube_version)
        report.releases = render_all(values, target_of_charts, cache)

    def check() -> None:
        report.violations = check_manifests(report.manifests, secrets=report.secrets)

    def ask() -> None:
        report.server = ask_server(clusters[0], report.manifests)

    steps = [Step("settings", lambda: settings.append(read_settings(target)))]
    steps += [Step("cluster", connect)] if options.server else []
    steps += surroundings_steps(target, display, surroundings, with_cloud=False)
    steps += [Step("values", merge), Step("manifests", render)]
    steps += [Step("policy", check)] if options.check else []
    steps += [Step("server", ask)] if options.server else []
    report.timings = run_steps(steps, display)
    return report


def merge_values(
    target: DeployTarget, settings: Settings, facts: DeployedFacts, *, stand_ins: bool, chart: str | None
) -> list[ReleaseValues]:
    """Merge the values of a stack's releases, or of the one that `chart` names."""
    releases = stack_releases(settings, facts.facts, derive=lambda function, value: function(value))
    catalog = open_catalog(target.project, "stand-in" if stand_ins else "official")
    layers = ValueLayers(target.project.folder, settings.cloud.kind, target.stack)
    return [merge_release(catalog, layers, release) for release in choose_releases(releases, chart, stack=target.stack)]


def require_no_violations(report: RenderReport) -> None:
    """Raise PolicyError when the policy refuses something."""
    if report.violations:
        count = len(report.violations)
        raise PolicyError(
            f"stack {report.stack}: the policy refuses {count} thing{'s' if count > 1 else ''} in its manifests",
            hint="; ".join(dict.fromkeys(f"{each.code}: {each.hint}" for each in report.violations)),
        )
