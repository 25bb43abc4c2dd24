"""Artifacts and their tags: what was pushed, what it weighs, when it was last pulled.

Harbor's own tables decide what exists; the registry process behind only stores bytes, until garbage collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from hubwright.sandbox.registry.harbor.exceptions import DeniedError, NotFoundError, PreconditionError
from hubwright.sandbox.registry.harbor.projects import UNLIMITED, Project, Projects
from hubwright.sandbox.registry.harbor.rows import Base, Row, next_number

_MIB: Final = 2**20


class Tag(BaseModel):
    """A name of an artifact."""

    model_config = ConfigDict(frozen=True)

    name: str
    push_time: datetime
    pull_time: datetime | None = None


class Artifact(Row):
    """A manifest. `repository` is without the project; `blobs` are digests with sizes in bytes."""

    id: int
    project_id: int
    repository: str = Field(exclude=True)
    digest: str
    media_type: str
    size: int
    tags: tuple[Tag, ...] = ()
    push_time: datetime
    pull_time: datetime | None = None
    blobs: dict[str, int] = Field(default_factory=dict, exclude=True)
    children: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The names alone."""
        return tuple(tag.name for tag in self.tags)


class Trash(Row):
    """A manifest that nothing names any more and that the registry process still holds."""

    repository: str
    digest: str


class Artifacts:
    """All artifacts of one Harbor."""

    def __init__(self, base: Base, projects: Projects) -> None:
        self._base = base
        self._projects = projects
        self._artifacts = base.table("artifacts", Artifact)
        self._trash = base.table("trash", Trash)

    def all(self, project: Project | None = None, repository: str | None = None) -> list[Artifact]:
        """Return artifacts, the latest push last."""
        return [
            artifact
            for artifact in self._artifacts.all()
            if (project is None or artifact.project_id == project.project_id)
            and (repository is None or artifact.repository == repository)
        ]

    def repositories(self, project: Project) -> list[str]:
        """Return the names of a project's repositories, without the project."""
        return sorted({artifact.repository for artifact in self.all(project)})

    def find(self, project: Project, repository: str, reference: str) -> Artifact | None:
        """Return the artifact with that digest or tag."""
        for artifact in self.all(project, repository):
            if reference == artifact.digest or reference in artifact.tag_names:
                return artifact
        return None

    def get(self, project: Project, repository: str, reference: str) -> Artifact:
        """Return the artifact with that digest or tag. Raises NotFoundError."""
        artifact = self.find(project, repository, reference)
        if artifact is None:
            raise NotFoundError(f"artifact {project.name}/{repository}:{reference} not found")
        return artifact

    def used_bytes(self, project: Project) -> int:
        """Return what a project's blobs and manifests weigh, each blob once."""
        return sum(self._blobs(project).values())

    def check_push(self, project: Project, repository: str, reference: str, manifest: Manifest) -> None:
        """Raise PreconditionError for a protected tag, DeniedError when the quota does not allow the push."""
        named = self.find(project, repository, reference)
        if named and named.digest != manifest.digest and self._projects.is_immutable(project, repository, reference):
            raise _immutable(f"{project.name}/{repository}:{reference}")
        limit = self._projects.quota(project.project_id).storage
        if limit == UNLIMITED:
            return
        before = self._blobs(project)
        used = sum(before.values())
        added = sum(size for digest, size in manifest.blobs.items() if digest not in before)
        if added and used + added > limit:
            raise DeniedError(
                f"adding {_size(added)} of storage resource, which when updated to current usage of {_size(used)} "
                f"will exceed the configured upper limit of {_size(limit)}."
            )

    def record_push(self, project: Project, repository: str, reference: str, manifest: Manifest) -> Artifact:
        """Note a manifest that was pushed by tag or digest; a tag leaves the artifact that had it."""
        now = self._base.now()
        with self._base.store.lock:
            if not reference.startswith("sha256:"):
                self._untag(project, repository, reference)
            artifact = self.find(project, repository, manifest.digest) or self._new(project, repository, manifest, now)
            tags = [tag for tag in artifact.tags if tag.name != reference]
            if not reference.startswith("sha256:"):
                tags.append(Tag(name=reference, push_time=now))
            fields: dict[str, Any] = {"tags": tuple(tags), "push_time": now}
            return self._artifacts.put(str(artifact.id), artifact.model_copy(update=fields))

    def record_pull(self, artifact: Artifact, reference: str) -> None:
        """Note that an artifact was pulled, by tag or digest."""
        now = self._base.now()
        tags = tuple(
            tag.model_copy(update={"pull_time": now}) if tag.name == reference else tag for tag in artifact.tags
        )
        self._artifacts.change(str(artifact.id), pull_time=now, tags=tags)

    def delete(self, project: Project, artifact: Artifact) -> None:
        """Remove an artifact; its bytes stay until garbage collection. Raises PreconditionError for a protected tag."""
        for tag in artifact.tag_names:
            if self._projects.is_immutable(project, artifact.repository, tag):
                raise _immutable(f"{project.name}/{artifact.repository}:{tag}")
        parent = self._parent(project, artifact)
        if parent:
            raise PreconditionError(f"the deleting artifact {artifact.digest} is referenced by others: {parent.digest}")
        repository = f"{project.name}/{artifact.repository}"
        with self._base.store.lock:
            self._trash.put(f"{repository}@{artifact.digest}", Trash(repository=repository, digest=artifact.digest))
            self._artifacts.remove(str(artifact.id))

    def delete_tag(self, project: Project, artifact: Artifact, tag: str) -> None:
        """Remove a tag. Raises NotFoundError, or PreconditionError for a protected one."""
        if tag not in artifact.tag_names:
            raise NotFoundError(f"tag {tag} not found")
        if self._projects.is_immutable(project, artifact.repository, tag):
            raise _immutable(f"{project.name}/{artifact.repository}:{tag}")
        self._untag(project, artifact.repository, tag)

    def untagged(self) -> list[tuple[Project, Artifact]]:
        """Return the artifacts that no tag and no index names."""
        found = []
        for artifact in self.all():
            project = self._projects.get(artifact.project_id)
            if not artifact.tags and not self._parent(project, artifact):
                found.append((project, artifact))
        return found

    def trash(self) -> list[Trash]:
        """Return what garbage collection has to remove from the registry process."""
        return self._trash.all()

    def empty_trash(self, removed: Sequence[Trash]) -> None:
        """Forget what was removed."""
        for item in removed:
            self._trash.remove(f"{item.repository}@{item.digest}")

    def _new(self, project: Project, repository: str, manifest: Manifest, now: datetime) -> Artifact:
        number = next_number(self._artifacts)
        self._trash.remove(f"{project.name}/{repository}@{manifest.digest}")
        return Artifact(
            id=number,
            project_id=project.project_id,
            repository=repository,
            digest=manifest.digest,
            media_type=manifest.media_type,
            size=sum(manifest.blobs.values()),
            push_time=now,
            blobs=dict(manifest.blobs),
            children=manifest.children,
        )

    def _untag(self, project: Project, repository: str, tag: str) -> None:
        owner = self.find(project, repository, tag)
        if owner:
            kept = tuple(other for other in owner.tags if other.name != tag)
            self._artifacts.change(str(owner.id), tags=kept)

    def _parent(self, project: Project, artifact: Artifact) -> Artifact | None:
        siblings = self.all(project, artifact.repository)
        return next((other for other in siblings if artifact.digest in other.children), None)

    def _blobs(self, project: Project) -> dict[str, int]:
        blobs: dict[str, int] = {}
        for artifact in self.all(project):
            blobs |= artifact.blobs
        return blobs


class Manifest(BaseModel):
    """What matters of a pushed manifest; `blobs` has its own digest too."""

    digest: str
    media_type: str
    blobs: dict[str, int]
    children: tuple[str, ...] = ()


def read_manifest(document: Mapping[str, Any], *, digest: str, media_type: str, size: int) -> Manifest:
    """Read an image manifest or an index, already parsed; `size` is the manifest's own, in bytes."""
    blobs = {digest: size}
    for part in (document.get("config"), *(document.get("layers") or ())):
        if isinstance(part, Mapping) and "digest" in part:
            blobs[str(part["digest"])] = int(part.get("size", 0))
    children = tuple(str(child["digest"]) for child in document.get("manifests") or () if "digest" in child)
    return Manifest(digest=digest, media_type=media_type, blobs=blobs, children=children)


def _immutable(name: str) -> PreconditionError:
    return PreconditionError(f"Failed to process request due to '{name}' configured as immutable.")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / _MIB:.1f} MiB"
