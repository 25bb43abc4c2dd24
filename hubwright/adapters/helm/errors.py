"""Turns what Helm and pyhelm3 report into hubwright's errors; no pyhelm3 error leaves this package.

`MAPPED_ERRORS` names every error class of pyhelm3: a test fails when a new pyhelm3 has one more.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Mapping
from typing import Any

from hubwright.adapters.kubernetes.redaction import redact
from hubwright.core.errors import (
    ApiError,
    AuthenticationError,
    CancelledError,
    ConfigError,
    DeadlineError,
    HubwrightError,
    ReleaseError,
    ToolchainError,
    ValuesError,
)

_MESSAGE_LIMIT = 2000
_LOGIN_HINT = "log in with `helm registry login`"
_NOISE = re.compile(
    r"^(WARNING: Kubernetes configuration file is (group|world)-readable.*"
    r"|[IWE]\d{4} .*"
    r"|walk\.go.*"
    r"|coalesce\.go.*)$"
)


class ReleaseNotFoundError(ReleaseError):
    """There is no such release."""


class ReleaseTimeoutError(ReleaseError):
    """The release's objects did not become ready in time."""


Translator = Callable[[str, str], HubwrightError]


def translate_error(error: Exception, *, what: str, values: Mapping[str, Any] | None = None) -> HubwrightError:
    """Return hubwright's error for a pyhelm3 error; `what` says what was tried, secrets of `values` are masked."""
    stderr = getattr(error, "stderr", b"") or b""
    text = redact(clean_output(stderr.decode(errors="replace")), values, limit=_MESSAGE_LIMIT)
    returncode = getattr(error, "returncode", 0)
    if returncode < 0 and not text:
        return ReleaseError(
            f"{what}: Helm was killed by {_signal_name(-returncode)}",
            hint="run the command again: it repairs the release first; SIGKILL is often a machine out of memory",
        )
    translator = MAPPED_ERRORS.get(type(error).__name__, _other)
    return translator(what, text)


def clean_output(text: str) -> str:
    """Drop Helm's log lines and its ``Error:`` prefix; keep what it says."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not _NOISE.match(line.strip())]
    return "\n".join(lines).removeprefix("Error: ").strip()


def _connection(what: str, text: str) -> HubwrightError:
    return ApiError(f"{what}: Helm cannot talk to the cluster: {text}", hint="check that the cluster runs")


def _chart_not_found(what: str, text: str) -> HubwrightError:
    return ConfigError(f"{what}: {text}", hint="check the chart's name, version and repository")


def _render(what: str, text: str) -> HubwrightError:
    return ValuesError(f"{what}: the chart's templates refuse these values: {text}")


def _release_not_found(what: str, _text: str) -> HubwrightError:
    return ReleaseNotFoundError(f"{what}: there is no such release")


def _already_exists(what: str, text: str) -> HubwrightError:
    return ReleaseError(
        f"{what}: an object of the chart exists already and belongs to somebody else: {text}",
        hint="delete that object, give the release another name, or set takeOwnership",
    )


def _invalid(what: str, text: str) -> HubwrightError:
    return ReleaseError(f"{what}: the cluster refuses an object of the chart: {text}")


def _cancelled(what: str, _text: str) -> HubwrightError:
    return CancelledError(f"{what}: stopped", hint="run the command again: it repairs the release first")


# What pyhelm3 does not tell apart: a piece of Helm's text, and what it means. The first that fits wins.
_OTHER_TEXTS: tuple[tuple[str, Callable[[str], HubwrightError]], ...] = (
    ("specifications of the schema", lambda text: ValuesError(text, hint="correct the values that it names")),
    ("context deadline exceeded", ReleaseTimeoutError),
    ("timed out waiting for the condition", ReleaseTimeoutError),
    ("failed pre-install", ReleaseTimeoutError),
    ("failed post-install", ReleaseTimeoutError),
    ("pre-upgrade hooks failed", ReleaseTimeoutError),
    ("post-upgrade hooks failed", ReleaseTimeoutError),
    ("cluster unreachable", lambda text: ApiError(text, hint="check that the cluster runs")),
    ("connection refused", lambda text: ApiError(text, hint="check that the cluster runs")),
    ("no such host", lambda text: ApiError(text, hint="check the network and the repository's address")),
    ("not a valid chart repository", lambda text: ConfigError(text, hint="check repositoryOpts.repo")),
    ("status code 401", lambda text: AuthenticationError(text, hint=_LOGIN_HINT)),
    ("status code 403", lambda text: AuthenticationError(text, hint=_LOGIN_HINT)),
    ("x509: ", lambda text: ApiError(text, hint="set SSL_CERT_FILE to the authority that signed the certificate")),
    ('path "', lambda text: ConfigError(text, hint="check the chart's path")),
    ("Chart.yaml file is missing", lambda text: ConfigError(text, hint="check the chart's path")),
    ("Unauthorized", lambda text: AuthenticationError(text, hint="take a fresh kubeconfig")),
    ("is forbidden", lambda text: AuthenticationError(text, hint="the kubeconfig's user lacks this right (RBAC)")),
    (
        "another operation (install/upgrade/rollback) is in progress",
        lambda text: ReleaseError(text, hint="wait until it ends, then run the command again"),
    ),
)


def _other(what: str, text: str) -> HubwrightError:
    if "invalid ownership metadata" in text:
        return _already_exists(what, text)
    for piece, build in _OTHER_TEXTS:
        if piece in text:
            return build(f"{what}: {text}")
    return ReleaseError(f"{what}: {text or 'Helm failed without a word'}")


MAPPED_ERRORS: Mapping[str, Translator] = {
    "ChartNotFoundError": _chart_not_found,
    "CommandCancelledError": _cancelled,
    "ConnectionError": _connection,
    "Error": _other,
    "FailedToRenderChartError": _render,
    "InvalidResourceError": _invalid,
    "ReleaseNotFoundError": _release_not_found,
    "ResourceAlreadyExistsError": _already_exists,
}


def helm_died(what: str, timeout_s: float) -> DeadlineError:
    """Build the error for a Helm process that outlived even its own time limit."""
    return DeadlineError(f"{what}: Helm did not end within {timeout_s:.0f} s", hint="check the cluster and try again")


def helm_missing(what: str, error: OSError) -> ToolchainError:
    """Build the error for a Helm that could not be started."""
    return ToolchainError(
        f"{what}: Helm cannot be run: {error.strerror or type(error).__name__}",
        hint="run `hubwright toolchain`, or set HUBWRIGHT_HELM to a Helm 3 binary",
    )


def helm_babbles(what: str) -> ReleaseError:
    """Build the error for an answer that cannot be read."""
    return ReleaseError(
        f"{what}: Helm's answer is not the JSON that it should be",
        hint="check that HUBWRIGHT_HELM is the real Helm, without a wrapper that prints",
    )


def wrong_version(binary: str, version: str) -> ToolchainError:
    """Build the error for a Helm whose options are not those that we use."""
    return ToolchainError(
        f"{binary} is Helm {version}; hubwright works with Helm 3, from 3.8",
        hint="run `hubwright toolchain`, and unset HUBWRIGHT_HELM",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
