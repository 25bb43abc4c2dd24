"""Which resources the program has registered in this run, and which old record each of them continues.

A record is found by the resource's URN, or by an alias: its own, or one that follows from the alias of its parent, as
in Pulumi's "pkg/resource/deploy/step_generator.go" (generateAliases).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence

from hubwright.core.errors import ResourceError
from hubwright.engine.goals import Goal, alias_urns
from hubwright.engine.journal import StateJournal, live_records
from hubwright.engine.provider_pool import ProviderPool
from hubwright.engine.records import ResourceRecord
from hubwright.engine.state.backend import StackName
from hubwright.engine.urn import make_urn


class Claims:
    """Keeps the goals of a run and the records that came of them; safe to use from many threads."""

    def __init__(self, name: StackName, journal: StateJournal, pool: ProviderPool) -> None:
        self._name = name
        self._journal = journal
        self._pool = pool
        self.known: Sequence[ResourceRecord] = journal.unseen
        self._olds = live_records(self.known)
        self._changed = threading.Condition(threading.RLock())
        self._goals: dict[str, Goal] = {}
        self._records: dict[str, ResourceRecord] = {}
        self._ended: set[str] = set()
        self._carrying: set[str] = set()
        self._carried: set[str] = set()
        self._condemned: set[str] = set()
        self._aliased_from: dict[str, str] = {}
        self._aliased_to: dict[str, str] = {}

    def urn_of(self, goal: Goal) -> str:
        """Return the URN that a goal has in this stack."""
        return make_urn(self._name.stack, self._name.project, goal.parent, goal.type, goal.name)

    def claim(self, urn: str, goal: Goal) -> ResourceRecord | None:
        """Note that the program wants this resource and return its old record, None for a new one.

        Raises ResourceError when the name, or the old record, is claimed already.
        """
        with self._changed:
            if urn in self._goals:
                raise ResourceError(f"{urn} is registered twice", hint="give one of the two another name")
            if urn in self._aliased_to:
                raise ResourceError(
                    f"{urn} is what {self._aliased_to[urn]} was called before, by its alias",
                    hint="drop the alias, or give the resource another name",
                )
            self._goals[urn] = goal
            if urn not in self._olds:
                self._follow_alias(urn, goal)
            return self._olds.get(urn)

    def _follow_alias(self, urn: str, goal: Goal) -> None:
        parent_alias = self._aliased_from.get(goal.parent, "")
        for alias in alias_urns(goal, self._name, self._aliased_from.get, parent_alias):
            claimant = self._aliased_to.get(alias) or (alias if alias in self._goals and alias in self._olds else "")
            if claimant:
                raise ResourceError(
                    f"{urn} has the alias {alias}, which {claimant} is already", hint="drop the alias of one of the two"
                )
            if alias in self._olds:
                self._rename(alias, urn)
                return

    def _rename(self, alias: str, urn: str) -> None:
        self._aliased_from[urn], self._aliased_to[alias] = alias, urn
        self._journal.rename(alias, urn)
        self._pool.rename(alias, urn)
        self._olds[urn] = self._olds.pop(alias)

    def keep_old_name(self, urn: str) -> None:
        """Undo the renaming by an alias, for a resource that the run leaves alone: the state keeps its old name."""
        with self._changed:
            alias = self._aliased_from.get(urn)
            if alias is not None:
                self._journal.rename(urn, alias)
                self._pool.rename(urn, alias)
                self._olds[alias] = self._olds.pop(urn)
                self._goals[alias] = self._goals[urn]

    def settle(self, urn: str, record: ResourceRecord | None) -> None:
        """Note that a registration ended, with its record where it ended well."""
        with self._changed:
            if record is not None:
                self._records[urn] = record
            self._ended.add(urn)
            self._changed.notify_all()

    def goal(self, urn: str) -> Goal | None:
        """Return what the program wants of a resource."""
        return self._goals.get(urn)

    def registered(self, urn: str) -> bool:
        """Tell whether the program wants a resource, whatever came of it."""
        return urn in self._goals

    def urns(self) -> set[str]:
        """Return all that the program wants."""
        with self._changed:
            return set(self._goals)

    def record(self, urn: str) -> ResourceRecord | None:
        """Return what a registration of this run came to."""
        return self._records.get(urn)

    def records(self) -> Iterator[ResourceRecord]:
        """Yield what all registrations of this run came to."""
        with self._changed:
            yield from list(self._records.values())

    def begin_carrying(self, urn: str) -> ResourceRecord | None:
        """Return the old record of a resource that nothing continues, for the caller to bring forward in the state.

        Waits for a registration under way. Returns None where there is no such record or it was brought forward.
        """
        with self._changed:
            self._changed.wait_for(lambda: urn not in self._carrying and (urn not in self._goals or urn in self._ended))
            if urn in self._records or urn in self._carried or urn not in self._olds:
                return None
            self._carrying.add(urn)
            return self._olds[urn]

    def end_carrying(self, urn: str) -> None:
        """Note that an old record was brought forward."""
        with self._changed:
            self._carrying.discard(urn)
            self._carried.add(urn)
            self._changed.notify_all()

    def condemn(self, records: Iterable[ResourceRecord]) -> list[ResourceRecord]:
        """Mark records to be deleted before what they depend on is made anew; leave out those already claimed.

        What the program has registered before no longer depends on what is about to be deleted.
        """
        with self._changed:
            condemned = [record for record in records if record.urn not in self._goals]
            self._condemned |= {record.urn for record in condemned}
            return condemned

    def condemned(self, urn: str) -> bool:
        """Tell whether a resource is, or is about to be, deleted to be made anew."""
        with self._changed:
            return urn in self._condemned
