"""Every error that hubwright raises on purpose, in one tree.

::

    HubwrightError                 exit 1    anything below, or a failure with no better name
    ├── UsageError                 exit 2    a wrong option or argument
    ├── ConfigError                exit 2    a setting, value or file that the user wrote is wrong
    │   └── ValuesError            exit 2    chart values break the chart's schema or Helm's reading of YAML
    ├── AuthenticationError        exit 3    credentials missing, refused, or without the needed right
    ├── ResourceError              exit 4    a cloud or cluster object could not be made, read, changed or removed
    │   ├── ApiError               exit 4    an API answered with an error status
    │   ├── QuotaError             exit 4    the project's quota is exhausted
    │   ├── ReleaseError           exit 4    a Helm release did not become ready
    │   └── UnsupportedError       exit 4    a resource type or option the embedded engine does not have
    ├── PolicyError                exit 5    refused by a guard: protect, policy, required approval
    ├── StackNotFoundError         exit 6    no such stack
    ├── UnexpectedChangesError     exit 7    changes where none were expected
    ├── CancelledError             exit 8    stopped by the user
    ├── DeadlineError              exit 9    something did not become ready in time
    ├── StateError                 exit 1    the state file is unreadable, locked or inconsistent
    │   └── StateLockedError       exit 1    another update holds the lock
    ├── ToolchainError             exit 1    a binary could not be found or built
    └── SandboxError               exit 1    a sandbox process did not start or answers wrongly

Constructing an error has no side effect. `message` says what happened and where, `hint` says what to do next; neither
may hold a secret. The cause stays in ``__cause__``.
"""

from __future__ import annotations

from typing import ClassVar


class HubwrightError(Exception):
    """Root of the tree. `code` is stable and documented; `exit_code` follows Pulumi's table."""

    code: ClassVar[str] = "error"
    exit_code: int = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(HubwrightError):
    """A wrong option or argument."""

    code = "usage"
    exit_code = 2


class ConfigError(HubwrightError):
    """A setting or file that the user wrote is wrong; the message starts with ``file:line:`` where that is known."""

    code = "config"
    exit_code = 2


class ValuesError(ConfigError):
    """Chart values that the chart's schema, or Helm's reading of YAML, does not accept."""

    code = "values"


class AuthenticationError(HubwrightError):
    """Credentials are missing, refused, or lack a right."""

    code = "authentication"
    exit_code = 3


class ResourceError(HubwrightError):
    """A cloud or cluster object could not be made, read, changed or removed."""

    code = "resource"
    exit_code = 4


class ApiError(ResourceError):
    """An API answered with an error. `status` is the HTTP status, None when the connection failed."""

    code = "api"

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class QuotaError(ResourceError):
    """The project's quota is exhausted."""

    code = "quota"


class ReleaseError(ResourceError):
    """A Helm release could not be installed or did not become ready."""

    code = "release"


class UnsupportedError(ResourceError):
    """A resource type or option that the embedded engine does not have; the message names it."""

    code = "unsupported"


class PolicyError(HubwrightError):
    """Refused by a guard, such as `protect`."""

    code = "policy"
    exit_code = 5


class StackNotFoundError(HubwrightError):
    """No such stack."""

    code = "stack-not-found"
    exit_code = 6


class UnexpectedChangesError(HubwrightError):
    """Changes where none were expected."""

    code = "unexpected-changes"
    exit_code = 7


class CancelledError(HubwrightError):
    """Stopped by the user."""

    code = "cancelled"
    exit_code = 8


class DeadlineError(HubwrightError):
    """Something did not become ready in time."""

    code = "deadline"
    exit_code = 9


class StateError(HubwrightError):
    """The state is unreadable or inconsistent; nothing was written over it."""

    code = "state"


class StateLockedError(StateError):
    """Another update holds the lock; the message says who, where and since when."""

    code = "state-locked"


class ToolchainError(HubwrightError):
    """A binary could not be found or built."""

    code = "toolchain"


class SandboxError(HubwrightError):
    """A sandbox process did not start, died, or answers wrongly."""

    code = "sandbox"
