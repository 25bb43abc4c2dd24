"""The managed container registry (Harbor) and the user with which images are pushed and pulled."""

from __future__ import annotations

import pulumi
import pulumi_ovh as ovh

from hubwright.core.hub_values import RegistryAccess
from hubwright.core.naming import resource_name
from hubwright.core.settings_cloud import CloudSettings, RegistrySettings


class ContainerRegistry(pulumi.ComponentResource):
    """A registry and its first user. `access.password` is secret."""

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
        self.registry_id = made.id
        self.access = RegistryAccess(
            url=made.url,
            host=made.url.apply(lambda url: url.split("://", 1)[-1]),
            username=user.user,
            password=pulumi.Output.secret(user.password),
        )
        self.register_outputs({"registryId": made.id, "url": made.url})

    def _plan_id(self, registry: RegistrySettings, cloud: CloudSettings) -> pulumi.Output[str]:
        plan = ovh.cloudproject.get_capabilities_container_filter_output(
            plan_name=registry.plan,
            region=cloud.registry_location,
            service_name=cloud.service_name,
            opts=pulumi.InvokeOptions(parent=self),
        )
        return plan.id
