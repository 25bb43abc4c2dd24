"""The managed container registry (Harbor) and what stands inside it."""

from __future__ import annotations

import pulumi
import pulumi_ovh as ovh

from components.harbor import ImageProject
from hubwright.core.hub_values import RegistryAccess
from hubwright.core.naming import resource_name
from hubwright.core.settings_cloud import CloudSettings, RegistrySettings


class ContainerRegistry(pulumi.ComponentResource):
    """A registry, its first user (an administrator, for the toolkit alone) and its project. Passwords are secret."""

    access: RegistryAccess
    registry_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        registry: RegistrySettings,
        cloud: CloudSettings,
        stack: str,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:ContainerRegistry", name, None, opts)
        made = ovh.cloudproject.ContainerRegistry(
            "registry",
            name=resource_name(stack, "registry"),
            region=cloud.registry_location,
            service_name=cloud.service_name,
            plan_id=self._plan_id(registry, cloud),
            # OVHcloud's plugin marks no property as replacing; a changed region would be an update that does nothing.
            opts=pulumi.ResourceOptions(parent=self, protect=protect, replace_on_changes=["region", "serviceName"]),
        )
        user = ovh.cloudproject.ContainerRegistryUser(
            "user",
            registry_id=made.id,
            service_name=cloud.service_name,
            login=registry.login,
            email=registry.email,
            opts=pulumi.ResourceOptions(parent=self),
        )
        content = ImageProject(
            "harbor",
            settings=registry,
            connection={"url": made.url, "username": user.user, "password": pulumi.Output.secret(user.password)},
            registry=made,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[user]),
        )
        self.registry_id = made.id
        self.access = content.access
        self.register_outputs({"registryId": made.id, "url": made.url})

    def _plan_id(self, registry: RegistrySettings, cloud: CloudSettings) -> pulumi.Output[str]:
        plan = ovh.cloudproject.get_capabilities_container_filter_output(
            plan_name=registry.plan,
            region=cloud.registry_location,
            service_name=cloud.service_name,
            opts=pulumi.InvokeOptions(parent=self),
        )
        return plan.id
