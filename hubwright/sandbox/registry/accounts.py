"""Who may do what in one registry: accounts with hashed passwords, projects that are public or not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hubwright.sandbox.ovh.core.store import write_private

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
_REPOSITORY_ACTIONS = frozenset({"pull", "push", "delete", "*"})


class Account(BaseModel):
    """A login; `salt` and `digest` are base64."""

    model_config = ConfigDict(frozen=True)

    login: str
    email: str
    salt: str
    digest: str
    admin: bool = False


class Project(BaseModel):
    """A name space of repositories; whoever likes may pull from a public one."""

    model_config = ConfigDict(frozen=True)

    name: str
    public: bool = False


class _Snapshot(BaseModel):
    accounts: dict[str, Account] = Field(default_factory=dict)
    # Every Harbor starts with this one.
    projects: dict[str, Project] = Field(default_factory=lambda: {"library": Project(name="library", public=True)})


@dataclass(frozen=True, slots=True)
class Scope:
    """One wanted access, as in ``repository:library/hub:pull,push``."""

    type: str
    name: str
    actions: tuple[str, ...]


class Directory:
    """The accounts and projects of one registry, kept in one file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._data = _Snapshot.model_validate_json(path.read_text()) if path.exists() else _Snapshot()

    def add(self, login: str, email: str, password: str, *, admin: bool) -> None:
        """Add or replace an account."""
        salt = secrets.token_bytes(16)
        digest = base64.b64encode(_derive(password, salt)).decode()
        encoded = base64.b64encode(salt).decode()
        account = Account(login=login, email=email, salt=encoded, digest=digest, admin=admin)
        with self._lock:
            self._data.accounts[login] = account
            self._save()

    def remove(self, login: str) -> None:
        """Remove an account."""
        with self._lock:
            self._data.accounts.pop(login, None)
            self._save()

    def make_admin(self, login: str) -> None:
        """Promote an account."""
        with self._lock:
            account = self._data.accounts[login]
            self._data.accounts[login] = account.model_copy(update={"admin": True})
            self._save()

    def authenticate(self, login: str, password: str) -> Account | None:
        """Return the account when the password is right."""
        account = self._data.accounts.get(login)
        if account is None:
            return None
        derived = _derive(password, base64.b64decode(account.salt))
        return account if hmac.compare_digest(derived, base64.b64decode(account.digest)) else None

    def grant(self, account: Account | None, scope: Scope) -> tuple[str, ...]:
        """Return which of the wanted actions `account` (None = nobody) may do; none is no error."""
        if scope.type != "repository":
            return scope.actions if account and account.admin else ()
        project = self._data.projects.get(scope.name.partition("/")[0])
        if project is None or "/" not in scope.name:
            return ()
        allowed = _REPOSITORY_ACTIONS if account and account.admin else frozenset({"pull"} if project.public else ())
        return tuple(action for action in scope.actions if action in allowed)

    def _save(self) -> None:
        write_private(self._path, json.dumps(self._data.model_dump(mode="json"), indent=1))


def parse_scopes(texts: Iterable[str]) -> list[Scope]:
    """Read ``scope`` parameters, each of which may hold several scopes; what is malformed asks for nothing."""
    scopes = []
    for text in " ".join(texts).split():
        kind, _, rest = text.partition(":")
        name, separator, actions = rest.rpartition(":")
        if separator:
            scopes.append(Scope(kind, name, tuple(filter(None, actions.split(",")))))
    return scopes


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT["n"], r=_SCRYPT["r"], p=_SCRYPT["p"])
