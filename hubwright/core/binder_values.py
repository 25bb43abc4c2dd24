"""The BinderHub chart's values that follow from settings and from other resources; `jupyterhub` is its subchart.

What the registry part must hold is in docs of BinderHub and Harbor: the image prefix has no scheme but a project; the
token URL names Harbor's own service first, since BinderHub appends another one and Harbor takes the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hubwright.core.chart_values.binderhub import (
    BinderConfig,
    BinderHubTraits,
    BinderHubValues,
    BuildExecutorTraits,
    DockerRegistryTraits,
    ImageCleaner,
    Registry,
    RepoProviderTraits,
)
from hubwright.core.chart_values.jupyterhub import (
    BinderSpawnerTraits,
    Hub,
    HubService,
    JupyterHubTraits,
    JupyterHubValues,
    Role,
    Service,
)
from hubwright.core.chart_values.section import Value, given
from hubwright.core.errors import ConfigError
from hubwright.core.hub_values import (
    HubSecrets,
    RegistryAccess,
    hub_fields,
    ingress_model,
    jupyterhub_model,
    route_model,
)
from hubwright.core.node_roles import PURPOSE_LABEL
from hubwright.core.quantities import memory_bytes
from hubwright.core.settings import Settings
from hubwright.core.settings_cloud import PoolPurpose, RegistrySettings

HARBOR_SERVICE = "harbor-registry"
"""The audience of Harbor's tokens."""

OAUTH_CLIENT = "service-binderhub"
"""What BinderHub calls itself when its visitors log in at the hub."""

Derive = Callable[[Callable[[str], str], Value], Value]
"""Applies a function of a string to a value that may not be known yet."""


def binderhub_values(
    settings: Settings, secrets: HubSecrets, registry: RegistryAccess, *, derive: Derive
) -> dict[str, Any]:
    """The computed values of the BinderHub chart. Raises ConfigError for settings without registry or binder host."""
    if settings.registry is None or settings.dns.binder_host is None:
        raise ConfigError("a BinderHub needs the settings registry and dns.binderHost")
    builds = settings.hub.builds
    model = given(
        BinderHubValues,
        config=_config(settings, settings.registry, registry, derive),
        registry=Registry(url=registry.url, username=registry.username, password=registry.password),
        # Each copy signs its login cookies with a key of its own: with two, a login fails half of the time.
        replicas=1 if settings.hub.has_logins else settings.hub.replicas,
        service=Service(type="ClusterIP"),
        image_builder_type=builds.builder,
        image_cleaner=ImageCleaner(
            enabled=True,
            cordon=False,  # cleaning a node must not stop launches on it
            image_gc_threshold_type="relative",
            image_gc_threshold_high=builds.clean_above_percent,
            image_gc_threshold_low=builds.clean_below_percent,
        ),
        ingress=ingress_model(settings, settings.dns.binder_host),
        http_route=route_model(settings, settings.dns.binder_host),
        jupyterhub=_jupyterhub(settings, secrets, registry, settings.dns.binder_host),
    )
    return model.to_values()


def image_prefix(host: str, registry: RegistrySettings) -> str:
    """The beginning of the names of built images, such as `HOST/binder/binder-`."""
    return f"{host}/{registry.project}/{registry.image_prefix}"


def token_url(registry_url: str) -> str:
    """Where BinderHub gets Harbor's tokens; the service in the query must be the first of its name."""
    return f"{registry_url}/service/token?service={HARBOR_SERVICE}"


def _config(settings: Settings, wanted: RegistrySettings, registry: RegistryAccess, derive: Derive) -> BinderConfig:
    on_build_nodes = {PURPOSE_LABEL: PoolPurpose.BUILD.value} if settings.pools_for(PoolPurpose.BUILD) else None
    builds = settings.hub.builds
    return BinderConfig(
        binderhub=given(
            BinderHubTraits,
            use_registry=True,
            image_prefix=derive(lambda host: image_prefix(host, wanted), registry.host),
            hub_url=f"{settings.ingress.scheme}://{settings.dns.hub_host}/",
            per_repo_quota=settings.hub.repository_quota,
            auth_enabled=True if settings.hub.has_logins else None,
            build_node_selector=on_build_nodes,
        ),
        repo_provider=RepoProviderTraits(banned_specs=list(settings.hub.banned_repositories)),
        build_executor=BuildExecutorTraits(
            memory_limit=memory_bytes(builds.memory_limit), memory_request=memory_bytes(builds.memory_guarantee)
        ),
        docker_registry=DockerRegistryTraits(url=registry.url, token_url=derive(token_url, registry.url)),
    )


def _jupyterhub(
    settings: Settings, secrets: HubSecrets, registry: RegistryAccess, binder_host: str
) -> JupyterHubValues:
    fields = hub_fields(settings, secrets)
    if not settings.hub.has_logins:
        fields["services"] = {"binder": HubService(api_token=secrets.binder_token)}
        return jupyterhub_model(settings, secrets, registry, hub=Hub(**fields))
    fields["services"] = {
        "binder": HubService(
            api_token=secrets.binder_token,
            oauth_client_id=OAUTH_CLIENT,
            oauth_no_confirm=True,
            oauth_redirect_uri=f"{settings.ingress.scheme}://{binder_host}/oauth_callback",
        )
    }
    fields["load_roles"] = {"user": Role(scopes=["self", "access:services!service=binder"])}
    config = fields["config"]
    traits = given(
        JupyterHubTraits,
        authenticator_class=config.jupyterhub.authenticator_class if config.jupyterhub else None,
        redirect_to_server=False,
    )
    fields["config"] = config.model_copy(
        update={"jupyterhub": traits, "binder_spawner": BinderSpawnerTraits(auth_enabled=True)}
    )
    model = jupyterhub_model(settings, secrets, registry, hub=Hub(**fields))
    # The BinderHub chart starts notebooks that know no hub; people who log in get the hub's own way back.
    return model.model_copy(update={"singleuser": model.singleuser.model_copy(update={"cmd": "jupyterhub-singleuser"})})
