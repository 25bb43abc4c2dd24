"""Which resources a run works on: `--target`, `--exclude`, `--replace`, as Pulumi's engine understands them.

URNs are matched whole. `*` stands for any characters but a colon, `**` for any. The stack and providers always take
part in an update, since nothing could be done without them; a deletion takes them only when they are named.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence

from hubwright.core.errors import ConfigError, ResourceError
from hubwright.engine.options import RunOptions
from hubwright.engine.records import ResourceRecord
from hubwright.engine.urn import STACK_TYPE


class UrnPatterns:
    """URNs and globs; grows by the dependents that a run finds."""

    def __init__(self, texts: Iterable[str]) -> None:
        texts = tuple(texts)
        self.literals = {text for text in texts if "*" not in text}
        self._globs = [re.compile(_regex(text)) for text in texts if "*" in text]

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return bool(self.literals or self._globs)

    def match(self, urn: str) -> bool:
        """Tell whether a URN is one of them."""
        return urn in self.literals or any(glob.fullmatch(urn) for glob in self._globs)


def _regex(glob: str) -> str:
    return ".*".join("[^:]*".join(map(re.escape, part.split("*"))) for part in glob.split("**"))


class Selection:
    """Answers for one run; safe to ask from many threads. Raises ConfigError for targets and excludes together."""

    def __init__(self, options: RunOptions) -> None:
        self._targets = UrnPatterns([*options.targets, *options.target_replace])
        self._excludes = UrnPatterns(options.excludes)
        self._replace = UrnPatterns([*options.replace, *options.target_replace])
        self._target_dependents = options.target_dependents
        self._exclude_dependents = options.exclude_dependents
        if self._targets.given and self._excludes.given:
            raise ConfigError("targets and excludes exclude one another", hint="name one or the other")
        self._lock = threading.Lock()
        # The URNs that count as named since they depend on what is named.
        self._chosen_too: set[str] = set()

    def replaces(self, urn: str) -> bool:
        """Tell whether a resource is to be replaced although nothing changed."""
        return self._replace.match(urn)

    def includes(self, record: ResourceRecord) -> bool:
        """Tell whether an update works on a resource. Asked once for each, what it depends on first."""
        with self._lock:
            if self._targets.given:
                chosen = self._is_chosen(record, self._targets, dependents=self._target_dependents)
            elif self._excludes.given:
                chosen = not self._is_chosen(record, self._excludes, dependents=self._exclude_dependents)
            else:
                return True
        return chosen or record.is_provider or record.type == STACK_TYPE

    def _is_chosen(self, record: ResourceRecord, patterns: UrnPatterns, *, dependents: bool) -> bool:
        chosen = patterns.match(record.urn) or (
            dependents and any(patterns.match(urn) or urn in self._chosen_too for _role, urn in record.references())
        )
        if chosen:
            self._chosen_too.add(record.urn)
        return chosen

    def to_refresh(self, records: Sequence[ResourceRecord]) -> list[ResourceRecord]:
        """Return what a refresh looks at, of all records in order."""
        if self._targets.given:
            return [
                record
                for record in records
                if self._is_chosen(record, self._targets, dependents=self._target_dependents)
            ]
        if self._excludes.given:
            return [
                record
                for record in records
                if not self._is_chosen(record, self._excludes, dependents=self._exclude_dependents)
            ]
        return list(records)

    def to_delete(self, doomed: Sequence[ResourceRecord], known: Sequence[ResourceRecord]) -> list[ResourceRecord]:
        """Return which of `doomed` may be deleted; `known` are all the old records, in order.

        Raises ResourceError, naming them, when dependents of a target would have to go too and are not named.
        """
        if self._targets.given:
            return self._targeted_deletes(doomed, known)
        if self._excludes.given:
            kept = self._kept_by_excludes(known)
            return [record for record in doomed if record.urn not in kept]
        return list(doomed)

    def _targeted_deletes(
        self, doomed: Sequence[ResourceRecord], known: Sequence[ResourceRecord]
    ) -> list[ResourceRecord]:
        going: set[str] = set()
        for record in known:
            if self._targets.match(record.urn) or any(urn in going for _role, urn in record.references()):
                going.add(record.urn)
        chosen = [record for record in doomed if record.urn in going]
        unnamed = dict.fromkeys(record.urn for record in chosen if not self._targets.match(record.urn))
        if unnamed and not self._target_dependents:
            raise ResourceError(
                f"what depends on the targets would be deleted too: {', '.join(unnamed)}",
                hint="name it as a target as well, or use --target-dependents",
            )
        return chosen

    def _kept_by_excludes(self, known: Sequence[ResourceRecord]) -> set[str]:
        """Close the excluded ones over what they need, and over what needs them where that was asked for."""
        kept = {record.urn for record in known if self._excludes.match(record.urn)}
        while True:
            needed = {urn for record in known if record.urn in kept for _role, urn in record.references()}
            if self._exclude_dependents:
                needed |= {record.urn for record in known if any(urn in kept for _role, urn in record.references())}
            if needed <= kept:
                return kept
            kept |= needed

    def refuse_unknown(self, urns: Iterable[str], *, refreshing: bool = False) -> None:
        """Raise ResourceError for a target that names none of the resources; a refresh minds excludes too."""
        known = set(urns)
        wanted = self._targets.literals | (self._excludes.literals if refreshing else set())
        _refuse_missing(wanted - known)

    def refuse_unknown_replacements(self, urns: Iterable[str]) -> None:
        """Raise ResourceError for a URN to be replaced that the state does not have."""
        _refuse_missing(self._replace.literals - set(urns))


def _refuse_missing(missing: set[str]) -> None:
    if missing:
        raise ResourceError(
            f"there is no such resource in the stack: {', '.join(sorted(missing))}",
            hint="`state list` shows the URNs; a `$` in one must be quoted for the shell",
        )
