"""One Harbor: all of its modules over one file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hubwright.sandbox.ovh.core.store import Store
from hubwright.sandbox.registry.harbor.accounts import Accounts, Identity
from hubwright.sandbox.registry.harbor.artifacts import Artifacts
from hubwright.sandbox.registry.harbor.exceptions import PreconditionError
from hubwright.sandbox.registry.harbor.garbage import Collect, Garbage
from hubwright.sandbox.registry.harbor.permissions import Access
from hubwright.sandbox.registry.harbor.projects import Project, Projects
from hubwright.sandbox.registry.harbor.retention import Retention
from hubwright.sandbox.registry.harbor.rows import Base


class Harbor:
    """The rules of one Harbor; `path` None keeps everything in memory."""

    def __init__(
        self,
        path: Path | None,
        collect: Collect = lambda _trash: 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        base = Base(Store(path), now)
        self.projects = Projects(base)
        self.accounts = Accounts(base, self.projects)
        self.artifacts = Artifacts(base, self.projects)
        self.retention = Retention(base, self.projects, self.artifacts)
        self.garbage = Garbage(base, self.artifacts, collect)

    def delete_project(self, project: Project) -> None:
        """Remove an empty project with its robots and its policy. Raises PreconditionError when it holds images."""
        if self.artifacts.repositories(project):
            raise PreconditionError(f"the project {project.name} contains repositories, can not be deleted")
        self.accounts.forget_project(project.project_id)
        self.retention.forget_project(project)
        self.projects.delete(project)

    def grant(self, identity: Identity | None, kind: str, name: str, actions: tuple[str, ...]) -> tuple[str, ...]:
        """Return which of the wanted actions on a scope someone (None = nobody) may do; none is no error."""
        if kind != "repository":
            return actions if identity and identity.admin else ()
        project = self.projects.find(name.partition("/")[0])
        if project is None or "/" not in name:
            return ()
        return tuple(action for action in actions if self._may(identity, project, action))

    def _may(self, identity: Identity | None, project: Project, action: str) -> bool:
        # Docker's protocol deletes manifests: an artifact, for Harbor.
        wanted = Access(resource="artifact" if action == "delete" else "repository", action=action)
        return self.accounts.may(identity, wanted, project)
