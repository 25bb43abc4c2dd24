"""Orders chart versions as Helm does: SemVer, with a leading ``v`` and missing parts allowed.

One difference: JupyterHub's charts are published from every commit as ``1.0.0-0.dev.git.<count>.h<hash>`` (chartpress;
``-n<count>.h<hash>`` years ago). There the count decides, and a hash never does, which plain SemVer would compare as
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from semver import Version

_COMMIT = re.compile(r"(?:^|\.)h[0-9a-f]{6,40}$")
_OLD_COUNT = re.compile(r"^n(\d+)$")
_COUNTLESS = re.compile(r"(^|\.)dev$")


def parse_version(text: str) -> Version | None:
    """Read a version as Helm does, None when it is none; a chartpress hash is left out, its count kept as a number."""
    try:
        version = Version.parse(text.strip().removeprefix("v"), optional_minor_and_patch=True)
    except (ValueError, TypeError):
        return None
    if version.prerelease is None:
        return version
    counted = _COMMIT.sub("", version.prerelease)
    counted = _OLD_COUNT.sub(lambda match: str(int(match[1])), counted)
    if counted != version.prerelease:
        counted = _COUNTLESS.sub(r"\1dev.git.0", counted)
    return version.replace(prerelease=counted or None) if counted != version.prerelease else version


def newest_version(versions: Iterable[str], *, prereleases: bool) -> str | None:
    """Return the highest version as it is written, None when there is none; pre-releases count only when asked for."""
    parsed = ((parse_version(text), text) for text in versions)
    fitting = [(version, text) for version, text in parsed if version and (prereleases or not version.prerelease)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def is_prerelease(text: str) -> bool:
    """Whether a version is a pre-release, such as those of JupyterHub's development charts."""
    version = parse_version(text)
    return version is not None and version.prerelease is not None


def is_newer(candidate: str, than: str) -> bool:
    """Whether `candidate` ranks above `than`; false when either is no version."""
    left, right = parse_version(candidate), parse_version(than)
    return left is not None and right is not None and left > right


def same_version(left: str, right: str) -> bool:
    """Whether two spellings name one version; a leading ``v`` does not count."""
    return left.strip().removeprefix("v") == right.strip().removeprefix("v")
