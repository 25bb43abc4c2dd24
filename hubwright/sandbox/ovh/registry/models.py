"""Registries and their users: INSTALLING → DELIVERING → READY → DELETING → gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from hubwright.sandbox.ovh.core.platform import Platform, new_password, nothing
from hubwright.sandbox.ovh.core.store import Entity
from hubwright.sandbox.ovh.ports import RegistryBackend
from hubwright.sandbox.ovh.registry.exceptions import (
    DuplicateRegistryError,
    DuplicateUserError,
    PlanDowngradeError,
    RegistryBusyError,
    RegistryNotFoundError,
    UnknownPlanError,
    UnknownRegistryRegionError,
    UserNotFoundError,
)

INSTALL_S, DELIVER_S, SCALE_S, DELETE_S = 120.0, 60.0, 60.0, 30.0
"""Modelled durations on the real cloud."""

HARBOR_VERSION = "2.12.2"


@dataclass(frozen=True, slots=True)
class Plan:
    """A size of registry; ids are OVH's own and stable."""

    id: str
    name: str
    storage_bytes: int
    parallel_requests: int
    scans: bool

    def wire(self) -> dict[str, Any]:
        """Return the API's form."""
        return {
            "id": self.id,
            "name": self.name,
            "code": f"registry.{self.name[0].lower()}-plan-equivalent.hour.consumption",
            "createdAt": "2019-09-13T15:53:33.599585Z",
            "updatedAt": "2021-03-29T10:09:03.960847Z",
            "features": {"vulnerability": self.scans},
            "registryLimits": {"imageStorage": self.storage_bytes, "parallelRequest": self.parallel_requests},
        }


_GIB = 2**30
PLANS = (
    Plan("9f728ba5-998b-4401-ab0f-497cd8bc6a89", "SMALL", 200 * _GIB, 15, scans=False),
    Plan("c5ddc763-be75-48f7-b7ec-e923ca040bee", "MEDIUM", 600 * _GIB, 45, scans=True),
    Plan("4a7c9a2e-5b1d-4d0f-8f0e-0f6c5d1f3a77", "LARGE", 5120 * _GIB, 90, scans=True),
)
"""Smallest first. The id of LARGE is published nowhere: this one is ours."""


class RegistryRequest(BaseModel):
    """Body of a creation."""

    name: str = Field(min_length=1)
    region: str
    planID: str | None = None  # noqa: N815 the API's own spelling


class Registry(Entity):
    """A managed registry."""

    id: str
    name: str
    project_id: str = Field(serialization_alias="projectID")
    region: str
    status: str
    url: str = ""
    version: str = HARBOR_VERSION
    size: int = 0
    iam_enabled: bool = False
    plan_id: str = Field(exclude=True)
    created_at: datetime
    updated_at: datetime
    delivered_at: datetime | None = None


class User(Entity):
    """An account of a registry; its password is kept nowhere in clear."""

    id: str
    registry_id: str = Field(exclude=True)
    user: str
    email: str


class RegistryService:
    """The registries of the project."""

    def __init__(
        self, platform: Platform, project_id: str, backend: RegistryBackend, regions: Sequence[str] = ("GRA",)
    ) -> None:
        self._platform = platform
        self._project_id = project_id
        self._backend = backend
        self.regions = tuple(regions)
        self._registries = platform.store.table("registries", Registry)
        self._users = platform.store.table("registry_users", User)

    def create(self, request: RegistryRequest) -> Registry:
        """Accept a creation. Raises the service's errors for a bad request or a taken name."""
        if request.region not in self.regions:
            raise UnknownRegistryRegionError(request.region)
        plan = find_plan(request.planID) if request.planID else PLANS[0]
        registry_id, now = self._platform.new_id(), self._platform.schedule.now()
        with self._platform.store.lock:
            if any(other.name == request.name for other in self.all()):
                raise DuplicateRegistryError(request.name)
            registry = Registry(
                id=registry_id,
                name=request.name,
                project_id=self._project_id,
                region=request.region,
                status="INSTALLING",
                plan_id=plan.id,
                created_at=now,
                updated_at=now,
            )
            self._registries.put(registry_id, registry)
        self._install(registry_id, INSTALL_S, DELIVER_S)
        return registry

    def get(self, registry_id: str) -> Registry:
        """Return the registry. Raises RegistryNotFoundError."""
        registry = self._registries.get(registry_id)
        if registry is None:
            raise RegistryNotFoundError(registry_id)
        return registry

    def all(self) -> list[Registry]:
        """Return all registries."""
        return self._registries.all()

    def rename(self, registry_id: str, name: str) -> None:
        """Change the display name."""
        self.get(registry_id)
        self._registries.change(registry_id, name=name, updated_at=self._platform.schedule.now())

    def plan(self, registry_id: str) -> Plan:
        """Return the registry's plan."""
        return find_plan(self.get(registry_id).plan_id)

    def higher_plans(self, registry_id: str) -> list[Plan]:
        """Return the plans that the registry may move to."""
        return list(PLANS[PLANS.index(self.plan(registry_id)) + 1 :])

    def change_plan(self, registry_id: str, plan_id: str) -> None:
        """Move to a larger plan. Raises PlanDowngradeError."""
        self._require_ready(registry_id)
        plan = find_plan(plan_id)
        if plan not in self.higher_plans(registry_id):
            raise PlanDowngradeError
        self._registries.change(registry_id, status="SCALING_UP", plan_id=plan.id)
        self._later(registry_id, SCALE_S, {"status": "READY"})

    def delete(self, registry_id: str) -> None:
        """Accept a deletion; users and images go with it."""
        self.get(registry_id)
        self._registries.change(registry_id, status="DELETING")
        self._delete_work(registry_id)

    def add_user(self, registry_id: str, login: str, email: str) -> tuple[User, str]:
        """Create an account and return it with its password, which nothing shows again. The first is administrator."""
        self._require_ready(registry_id)
        with self._platform.store.lock:
            users = self.users(registry_id)
            if any(user.user == login for user in users):
                raise DuplicateUserError(login)
            number = 1 + max((int(user.id) for user in self._users.all()), default=0)
            user = User(id=str(number), registry_id=registry_id, user=login, email=email)
            password = new_password()
            self._backend.add_user(registry_id, login, email, password, admin=not users)
            self._users.put(user.id, user)
        return user, password

    def users(self, registry_id: str) -> list[User]:
        """Return the accounts. Raises RegistryNotFoundError."""
        self.get(registry_id)
        return [user for user in self._users.all() if user.registry_id == registry_id]

    def remove_user(self, registry_id: str, user_id: str) -> None:
        """Remove an account."""
        user = self._user(registry_id, user_id)
        self._backend.remove_user(registry_id, user.user)
        self._users.remove(user_id)

    def set_admin(self, registry_id: str, user_id: str) -> None:
        """Make an account administrator."""
        self._backend.set_admin(registry_id, self._user(registry_id, user_id).user)

    def resume(self) -> None:
        """Take up after a restart: bring registries back, finish what was interrupted."""
        for registry in self.all():
            if registry.status == "DELETING":
                self._delete_work(registry.id)
            elif registry.status != "ERROR" or registry.url:
                self._registries.change(registry.id, status="INSTALLING")
                self._install(registry.id, 0.0, 0.0)

    def _install(self, registry_id: str, install_s: float, deliver_s: float) -> None:
        def deliver() -> None:
            self._later(registry_id, deliver_s, {"status": "READY", "delivered_at": self._platform.schedule.now()})

        self._platform.change_later(
            self._registries,
            registry_id,
            service="registry",
            delay_s=install_s,
            work=lambda: self._backend.start(registry_id),
            done=lambda url: {"status": "DELIVERING", "url": url},
            then=deliver,
        )

    def _later(self, registry_id: str, delay_s: float, fields: dict[str, Any]) -> None:
        self._platform.change_later(
            self._registries, registry_id, service="registry", delay_s=delay_s, work=nothing, done=lambda _: fields
        )

    def _delete_work(self, registry_id: str) -> None:
        def work() -> None:
            self._backend.delete(registry_id)
            for user in self._users.all():
                if user.registry_id == registry_id:
                    self._users.remove(user.id)

        self._platform.remove_later(self._registries, registry_id, delay_s=DELETE_S, work=work)

    def _require_ready(self, registry_id: str) -> None:
        registry = self.get(registry_id)
        if registry.status != "READY":
            raise RegistryBusyError(registry_id, registry.status)

    def _user(self, registry_id: str, user_id: str) -> User:
        for user in self.users(registry_id):
            if user.id == user_id:
                return user
        raise UserNotFoundError(user_id)


def find_plan(plan_id: str) -> Plan:
    """Return the plan. Raises UnknownPlanError."""
    for plan in PLANS:
        if plan.id == plan_id:
            return plan
    raise UnknownPlanError(plan_id)
