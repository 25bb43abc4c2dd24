"""The BinderHub chart's values that hubwright sets; `jupyterhub` is its subchart."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubwright.core.chart_values.jupyterhub import HttpRoute, Ingress, JupyterHubValues, Service
from hubwright.core.chart_values.section import ChartSection, TraitSection, Value


class BinderHubTraits(TraitSection):
    """`c.BinderHub`."""

    use_registry: Literal[True]
    image_prefix: Value
    hub_url: str
    per_repo_quota: int = Field(ge=0)
    auth_enabled: bool | None = None
    build_node_selector: dict[str, str] | None = None


class RepoProviderTraits(TraitSection):
    """`c.RepoProvider`, the base of the providers of all kinds of repositories."""

    banned_specs: list[str]


class BuildExecutorTraits(TraitSection):
    """`c.KubernetesBuildExecutor`; memory in bytes."""

    memory_limit: int = Field(gt=0)
    memory_request: int = Field(gt=0)


class DockerRegistryTraits(TraitSection):
    """`c.DockerRegistry`: where BinderHub asks whether an image exists."""

    url: Value
    token_url: Value


class BinderConfig(ChartSection):
    """`config`: traitlets by class."""

    binderhub: BinderHubTraits = Field(serialization_alias="BinderHub")
    repo_provider: RepoProviderTraits = Field(serialization_alias="RepoProvider")
    build_executor: BuildExecutorTraits = Field(serialization_alias="KubernetesBuildExecutor")
    docker_registry: DockerRegistryTraits = Field(serialization_alias="DockerRegistry")


class Registry(ChartSection):
    """The credentials with which builds push."""

    url: Value
    username: Value
    password: Value


class ImageCleaner(ChartSection):
    """Removes built images from the builder's disk, between two levels in percent."""

    enabled: Literal[True]
    cordon: bool
    image_gc_threshold_type: Literal["relative"] = Field(serialization_alias="imageGCThresholdType")
    image_gc_threshold_high: int = Field(serialization_alias="imageGCThresholdHigh", ge=1, le=100)
    image_gc_threshold_low: int = Field(serialization_alias="imageGCThresholdLow", ge=0, le=99)


class BinderHubValues(ChartSection):
    """The whole of it."""

    config: BinderConfig
    registry: Registry
    replicas: int = Field(ge=1)
    service: Service
    image_builder_type: Literal["dind", "pink"]
    image_cleaner: ImageCleaner
    ingress: Ingress | None = None
    http_route: HttpRoute | None = None
    jupyterhub: JupyterHubValues
