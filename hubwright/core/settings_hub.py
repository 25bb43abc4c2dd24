"""Settings of what runs in the cluster: ingress, and the JupyterHub or BinderHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from hubwright.core.profiles import PROFILES, HubKind, ProfileName, complete_hub
from hubwright.core.quantities import memory_bytes
from hubwright.core.settings_base import DnsLabel, MemoryQuantity, Section


class GatewaySettings(Section):
    """A Gateway (Gateway API) in the cluster, made by you, that the hosts are attached to."""

    name: DnsLabel = Field(description="The Gateway's name.")
    namespace: DnsLabel = Field(description="Its namespace; it must accept routes from the hub's.")
    listener: str = Field(
        default="websecure", min_length=1, description="The Gateway's listener (`sectionName`) to attach to."
    )
    tls: bool = Field(default=True, description="Whether that listener speaks TLS, so that addresses say `https`.")


class IngressSettings(Section):
    """The ingress controller (Traefik)."""

    replicas: int = Field(default=1, ge=1, le=10, description="Copies of the ingress controller.")
    tls_secret: DnsLabel | None = Field(
        default=None,
        description="A TLS Secret in the hub's namespace, made by you, for all hosts. Unset: plain HTTP.",
    )
    gateway: GatewaySettings | None = Field(
        default=None, description="Attach HTTPRoutes to this Gateway, in place of Ingress objects."
    )

    @model_validator(mode="after")
    def _one_place_for_tls(self) -> IngressSettings:
        if self.gateway and self.tls_secret:
            raise ValueError("has tlsSecret and gateway; with a Gateway, TLS is the business of its listener")
        return self

    @property
    def scheme(self) -> str:
        """`https` or `http`, as users see it."""
        return "https" if self.tls_secret or (self.gateway and self.gateway.tls) else "http"


class UserSettings(Section):
    """What one user gets and how many fit."""

    max_active: int = Field(default=100, ge=1, le=20000, description="User servers that may run at once, all together.")
    memory_guarantee: MemoryQuantity = Field(default="1G", description="Memory reserved for each user server.")
    memory_limit: MemoryQuantity = Field(default="2G", description="Memory at which a user server is killed.")
    cpu_guarantee: float = Field(default=0.1, ge=0, le=128, description="Cores reserved for each user server.")
    cpu_limit: float = Field(default=2.0, gt=0, le=128, description="Cores that a user server may use at most.")
    placeholders: int = Field(
        default=0,
        ge=0,
        le=500,
        description="Empty places kept ready for the next users, so that nobody waits for a node.",
    )
    storage: MemoryQuantity | None = Field(
        default=None, description="Size of each user's own volume. Unset: none; a BinderHub must have none."
    )
    private_networks: bool = Field(
        default=False, description="Whether user servers may reach private addresses, such as a data base beside them."
    )

    @model_validator(mode="after")
    def _limits_cover_guarantees(self) -> UserSettings:
        if self.cpu_guarantee > self.cpu_limit:
            raise ValueError(f"cpuGuarantee {self.cpu_guarantee} is above cpuLimit {self.cpu_limit}")
        if memory_bytes(self.memory_guarantee) > memory_bytes(self.memory_limit):
            raise ValueError(f"memoryGuarantee {self.memory_guarantee} is above memoryLimit {self.memory_limit}")
        return self


class CullingSettings(Section):
    """When idle user servers are stopped."""

    enabled: bool = Field(default=True, description="Whether idle servers are stopped at all.")
    idle_s: int = Field(default=3600, ge=60, description="Seconds without activity after which a server is stopped.")
    every_s: int = Field(default=600, ge=10, description="Seconds between two checks.")
    max_age_s: int = Field(default=0, ge=0, description="Seconds after which a server is stopped anyway; 0: never.")


class BuildSettings(Section):
    """How a BinderHub builds images."""

    builder: Literal["dind", "pink"] = Field(
        default="dind", description="`dind`: Docker in a pod of each build node. `pink`: Podman likewise."
    )
    memory_limit: MemoryQuantity = Field(default="2G", description="Memory limit of one image build.")
    memory_guarantee: MemoryQuantity = Field(default="1G", description="Memory reserved for one image build.")
    clean_above_percent: int = Field(
        default=80, ge=1, le=100, description="How full the builder's disk gets before old images are deleted."
    )
    clean_below_percent: int = Field(default=60, ge=0, le=99, description="How full it is left.")
    private_networks: bool = Field(
        default=False, description="Whether builds may reach private addresses, such as a package mirror beside them."
    )

    @model_validator(mode="after")
    def _in_order(self) -> BuildSettings:
        if memory_bytes(self.memory_guarantee) > memory_bytes(self.memory_limit):
            raise ValueError(f"memoryGuarantee {self.memory_guarantee} is above memoryLimit {self.memory_limit}")
        if self.clean_below_percent >= self.clean_above_percent:
            raise ValueError("needs cleanBelowPercent < cleanAbovePercent")
        return self


class HubSettings(Section):
    """The JupyterHub, alone or inside a BinderHub. `profile` sets what is left out here."""

    profile: ProfileName = Field(
        description="What the hub is for; see the table of profiles below. Unset: `binderhub-public` or "
        "`jupyterhub-class`, by `kind`."
    )
    kind: HubKind = Field(
        description="`binderhub`: builds images from repositories, with its own JupyterHub. `jupyterhub`: that alone. "
        "Unset: the profile's."
    )
    namespace: DnsLabel = Field(default="hub", description="The Kubernetes namespace.")
    size: Literal["small", "standard"] = Field(
        default="standard", description="`small`: one replica of everything, for trials. `standard`: for real users."
    )
    authentication: Literal["anonymous", "native", "custom"] = Field(
        default="anonymous",
        description="`anonymous`: nobody logs in (BinderHub only). `native`: people sign up with a name and a password "
        "and an admin approves them. `custom`: your own chart values name the authenticator.",
    )
    admins: list[str] = Field(default=[], description="Names of the users who administrate the hub.")
    users: UserSettings = Field(default=UserSettings(), description="What one user gets.")
    culling: CullingSettings = Field(default=CullingSettings(), description="When idle servers are stopped.")
    banned_repositories: list[str] = Field(
        default=[],
        description="Regular expressions of repositories that BinderHub refuses to build, matched from the start of "
        "what follows the provider in a link: `^owner/name/.*`.",
    )
    repository_quota: int = Field(
        default=0, ge=0, description="Servers that one repository may have at once (BinderHub). 0: no limit."
    )
    builds: BuildSettings = Field(default=BuildSettings(), description="How a BinderHub builds images.")
    values: dict[str, Any] = Field(
        default={},
        description="Chart values of this stack's own, laid over the files in charts-values; not for secrets.",
    )

    @model_validator(mode="before")
    @classmethod
    def _completed_by_profile(cls, data: Any) -> Any:
        return complete_hub(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _kind_fits(self) -> HubSettings:
        if PROFILES[self.profile].kind != self.kind:
            raise ValueError(f"has profile {self.profile!r}, which is no {self.kind}: leave kind out")
        if self.kind == "binderhub" and self.users.storage is not None:
            raise ValueError("users.storage is set, but users of a BinderHub are ephemeral: leave it out")
        if self.kind == "jupyterhub" and self.authentication == "anonymous":
            raise ValueError("authentication 'anonymous' is for a BinderHub: a JupyterHub's users have names")
        return self

    @property
    def has_logins(self) -> bool:
        """Whether people log in."""
        return self.authentication != "anonymous"

    @property
    def replicas(self) -> int:
        """Copies of what may have several."""
        return 1 if self.size == "small" else 2
