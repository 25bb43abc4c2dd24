"""Did you mean …?: the known name nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_LEAST_LIKENESS = 0.6


def nearest_name(wrong: str, known: Iterable[str]) -> str | None:
    """Give the known name most like the wrong one, None when nothing is near; case and ``-_`` do not count."""
    folded = _fold(wrong)
    scored = [(_likeness(folded, _fold(name)), name) for name in known]
    best = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return best[1] if best[0] >= _LEAST_LIKENESS else None


def _fold(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def _likeness(left: str, right: str) -> float:
    if sorted(left) == sorted(right):  # letters swapped
        return 1.0 if left == right else 0.95
    return SequenceMatcher(None, left, right, autojunk=False).ratio()
