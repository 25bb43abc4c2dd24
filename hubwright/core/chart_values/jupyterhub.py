"""The JupyterHub chart's values that hubwright sets (z2jh.jupyter.org, chart 4.x)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubwright.core.chart_values.section import ChartSection, TraitSection, Value


class Enabled(ChartSection):
    """A part that is on or off."""

    enabled: bool


class EgressRules(ChartSection):
    """What pods may reach outside their own release."""

    cloud_metadata_server: bool
    private_ips: bool = Field(serialization_alias="privateIPs")


class NetworkPolicy(ChartSection):
    """The NetworkPolicy of one kind of pods."""

    enabled: Literal[True]
    egress_allow_rules: EgressRules | None = None


class Service(ChartSection):
    """A Kubernetes Service."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]


class CryptKeeper(TraitSection):
    """Keys that encrypt what the hub keeps of a user's login."""

    keys: list[Value]


class JupyterHubTraits(TraitSection):
    """`c.JupyterHub`."""

    authenticator_class: str | None = None
    redirect_to_server: bool | None = None


class AuthenticatorTraits(TraitSection):
    """`c.Authenticator`."""

    admin_users: list[str] | None = None
    allow_all: bool | None = None


class NativeTraits(TraitSection):
    """`c.NativeAuthenticator`: names and passwords of its own, kept in the hub's database."""

    open_signup: bool
    minimum_password_length: int
    check_common_password: bool


class BinderSpawnerTraits(TraitSection):
    """`c.BinderSpawner`, which the BinderHub chart defines."""

    auth_enabled: bool


class HubConfig(ChartSection):
    """`hub.config`: traitlets by class."""

    crypt_keeper: CryptKeeper = Field(serialization_alias="CryptKeeper")
    jupyterhub: JupyterHubTraits | None = Field(default=None, serialization_alias="JupyterHub")
    authenticator: AuthenticatorTraits | None = Field(default=None, serialization_alias="Authenticator")
    native: NativeTraits | None = Field(default=None, serialization_alias="NativeAuthenticator")
    binder_spawner: BinderSpawnerTraits | None = Field(default=None, serialization_alias="BinderSpawner")


class HubService(ChartSection):
    """A service that talks to the hub's API; with the `oauth_*` keys its users log in at the hub."""

    api_token: Value
    oauth_client_id: str | None = Field(default=None, serialization_alias="oauth_client_id")
    oauth_no_confirm: bool | None = Field(default=None, serialization_alias="oauth_no_confirm")
    oauth_redirect_uri: str | None = Field(default=None, serialization_alias="oauth_redirect_uri")


class Role(ChartSection):
    """A role of JupyterHub's RBAC."""

    scopes: list[str]


class Hub(ChartSection):
    """The hub's own pod."""

    cookie_secret: Value
    config: HubConfig
    active_server_limit: int = Field(ge=0)
    network_policy: NetworkPolicy
    extra_config: dict[str, str] | None = None
    services: dict[str, HubService] | None = None
    load_roles: dict[str, Role] | None = None


class Chp(ChartSection):
    """configurable-http-proxy."""

    network_policy: NetworkPolicy


class Proxy(ChartSection):
    """The proxy in front of hub and user servers."""

    secret_token: Value
    service: Service
    chp: Chp


class Memory(ChartSection):
    """Memory of a user server in bytes.

    Numbers, since one text would be read in two ways: KubeSpawner takes `1G` for a GiB and refuses `1Gi`, the pods of
    placeholders take it as Kubernetes does (jupyterhub.traitlets.ByteSpecification).
    """

    guarantee: int = Field(ge=0)
    limit: int = Field(gt=0)


class Cpu(ChartSection):
    """Cores of a user server."""

    guarantee: float = Field(ge=0)
    limit: float = Field(gt=0)


class Storage(ChartSection):
    """A volume for each user, or none."""

    type: Literal["none", "dynamic"]
    capacity: str | None = None


class SingleUser(ChartSection):
    """User servers."""

    memory: Memory
    cpu: Cpu
    storage: Storage
    network_policy: NetworkPolicy
    cmd: str | None = None


class UserScheduler(Enabled):
    """A scheduler that packs users onto few nodes, so that others can be removed."""

    replicas: int = Field(ge=1)


class UserPlaceholder(Enabled):
    """Pods that keep places for the next users."""

    replicas: int = Field(ge=0)


class NodeAffinity(ChartSection):
    """How strictly pods keep to the nodes of their purpose."""

    match_node_purpose: Literal["ignore", "prefer", "require"]


class Placement(ChartSection):
    """Where pods of one purpose go."""

    node_affinity: NodeAffinity


class Scheduling(ChartSection):
    """Which pods go where, and which may push others away."""

    user_scheduler: UserScheduler
    pod_priority: Enabled
    user_placeholder: UserPlaceholder
    core_pods: Placement
    user_pods: Placement


class Cull(Enabled):
    """jupyterhub-idle-culler; times in seconds."""

    users: bool
    timeout: int
    every: int
    max_age: int


class TlsHosts(ChartSection):
    """A TLS Secret and the hosts that it is for."""

    secret_name: str
    hosts: list[str]


class Ingress(Enabled):
    """An Ingress; both charts have the same one."""

    ingress_class_name: str
    hosts: list[str]
    tls: list[TlsHosts] | None = None


class ParentRef(ChartSection):
    """The Gateway that a route is attached to."""

    name: str
    namespace: str
    section_name: str


class HttpRoute(Enabled):
    """An HTTPRoute of the Gateway API, in place of the Ingress."""

    hostnames: list[str]
    parent_refs: list[ParentRef]


class ImagePullSecret(ChartSection):
    """The credentials with which nodes pull users' images."""

    create: Literal[True]
    automatic_reference_injection: Literal[True]
    registry: Value
    username: Value
    password: Value


class JupyterHubValues(ChartSection):
    """The whole of it."""

    hub: Hub
    proxy: Proxy
    singleuser: SingleUser
    scheduling: Scheduling
    cull: Cull
    ingress: Ingress | None = None
    http_route: HttpRoute | None = None
    image_pull_secret: ImagePullSecret | None = None
