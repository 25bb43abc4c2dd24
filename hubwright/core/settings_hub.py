"""Settings of what runs in the cluster: ingress, and the JupyterHub or BinderHub."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from hubwright.core.settings_base import DnsLabel, MemoryQuantity, Section


class IngressSettings(Section):
    """The ingress controller (Traefik)."""

    replicas: int = Field(default=1, ge=1, le=10, description="Copies of the ingress controller.")
    tls_secret: DnsLabel | None = Field(
        default=None,
        description="A TLS Secret in the hub's namespace, made by you, for all hosts. Unset: plain HTTP.",
    )

    @property
    def scheme(self) -> str:
        """`https` or `http`, as users see it."""
        return "https" if self.tls_secret else "http"


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

    @model_validator(mode="after")
    def _limits_cover_guarantees(self) -> UserSettings:
        if self.cpu_guarantee > self.cpu_limit:
            raise ValueError(f"cpuGuarantee {self.cpu_guarantee} is above cpuLimit {self.cpu_limit}")
        return self


class CullingSettings(Section):
    """When idle user servers are stopped."""

    enabled: bool = Field(default=True, description="Whether idle servers are stopped at all.")
    idle_s: int = Field(default=3600, ge=60, description="Seconds without activity after which a server is stopped.")
    every_s: int = Field(default=600, ge=10, description="Seconds between two checks.")
    max_age_s: int = Field(default=0, ge=0, description="Seconds after which a server is stopped anyway; 0: never.")


class HubSettings(Section):
    """The JupyterHub, alone or inside a BinderHub."""

    kind: Literal["binderhub", "jupyterhub"] = Field(
        description="`binderhub`: builds images from repositories, with its own JupyterHub. `jupyterhub`: that alone."
    )
    namespace: DnsLabel = Field(default="hub", description="The Kubernetes namespace.")
    profile: Literal["small", "standard"] = Field(
        default="standard", description="`small`: one replica of everything, for trials. `standard`: for real users."
    )
    users: UserSettings = Field(default=UserSettings(), description="What one user gets.")
    culling: CullingSettings = Field(default=CullingSettings(), description="When idle servers are stopped.")
    banned_repositories: list[str] = Field(
        default=[], description="Regular expressions of repositories that BinderHub refuses to build."
    )
    build_memory: MemoryQuantity = Field(default="2G", description="Memory limit of one image build.")
    values: dict[str, Any] = Field(
        default={},
        description="Chart values of this stack's own, laid over the files in charts-values; not for secrets.",
    )

    @model_validator(mode="after")
    def _binderhub_users_are_ephemeral(self) -> HubSettings:
        if self.kind == "binderhub" and self.users.storage is not None:
            raise ValueError("users.storage is set, but users of a BinderHub are ephemeral: leave it out")
        return self
