"""What stands inside the container registry: a project, who may push and pull, and what removes old images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
import pulumi_random as random

from hubwright.core.hub_values import RegistryAccess
from hubwright.core.settings_cloud import RegistrySettings
from hubwright.dynamic_providers.harbor import (
    HarborGarbageCollection,
    HarborHealth,
    HarborImmutableTags,
    HarborMember,
    HarborProject,
    HarborResource,
    HarborRetention,
    HarborRobot,
)

MAINTAINER = 4
"""Harbor's role that may delete images and may not touch the project."""

_Declared = TypeVar("_Declared", bound=HarborResource)


class ImageProject(pulumi.ComponentResource):
    """A Harbor project with a robot for builds and one for user pods. `access` holds their secrets, marked.

    `registry` is the resource that Harbor goes with: when it is deleted, nothing in it is deleted one by one.
    """

    access: RegistryAccess

    def __init__(
        self,
        name: str,
        *,
        settings: RegistrySettings,
        connection: Mapping[str, pulumi.Input[str]],
        registry: pulumi.Resource | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hubwright:cloud:ImageProject", name, None, opts)
        self._connection = connection
        self._options = pulumi.ResourceOptions(parent=self, deleted_with=registry)
        self._wait_for(self._declare(HarborHealth, "health"))
        limit = settings.quota_bytes
        project = self._declare(
            HarborProject, "project", name=settings.project, public=False, storage_limit_bytes=limit
        )
        self._wait_for(project)
        self._declare_cleaning(settings, project.project_id)
        builder = self._robot("builder", settings, "push", "pull")
        puller = self._robot("puller", settings, "pull")
        url = pulumi.Output.from_input(connection["url"])
        self.access = RegistryAccess(
            url=url,
            host=url.apply(lambda text: text.split("://", 1)[-1]),
            username=builder.full_name,
            password=builder.secret,
            pull_username=puller.full_name,
            pull_password=puller.secret,
        )
        self.register_outputs({"projectId": project.project_id})

    def _declare_cleaning(self, settings: RegistrySettings, project_id: pulumi.Output[int]) -> None:
        self._declare(
            HarborRetention,
            "retention",
            project_id=project_id,
            cron=settings.retention_cron,
            keep_pulled_days=settings.keep_pulled_days,
            keep_pushed_days=settings.keep_pushed_days,
        )
        cron = settings.garbage_collection_cron
        self._declare(HarborGarbageCollection, "garbage-collection", cron=cron, delete_untagged=True)
        if settings.protected_tags is not None:
            tags = settings.protected_tags
            self._declare(HarborImmutableTags, "protected-tags", project_id=project_id, repositories="**", tags=tags)
        if settings.culler:
            self._declare_culler(settings, project_id)

    def _declare_culler(self, settings: RegistrySettings, project_id: pulumi.Output[int]) -> None:
        password = random.RandomPassword(
            "culler-password",
            length=32,
            special=False,
            min_lower=1,
            min_upper=1,
            min_numeric=1,
            opts=pulumi.ResourceOptions(parent=self),
        )
        user, _, domain = settings.email.partition("@")
        self._declare(
            HarborMember,
            "culler",
            project_id=project_id,
            username=f"{settings.project}-culler",
            # Harbor wants another address for every user.
            email=f"{user}+culler@{domain}",
            password=password.result,
            role_id=MAINTAINER,
        )

    def _robot(self, name: str, settings: RegistrySettings, *actions: str) -> HarborRobot:
        rights = [f"repository:{action}" for action in actions]
        return self._declare(HarborRobot, name, project=settings.project, name=name, rights=rights)

    def _wait_for(self, resource: pulumi.Resource) -> None:
        """Let everything declared from now on come after a resource."""
        self._options = pulumi.ResourceOptions.merge(self._options, pulumi.ResourceOptions(depends_on=[resource]))

    def _declare(self, kind: type[_Declared], resource_name: str, **inputs: Any) -> _Declared:
        return kind(resource_name, {"connection": dict(self._connection), **inputs}, self._options)
