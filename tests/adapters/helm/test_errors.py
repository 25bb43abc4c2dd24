from __future__ import annotations

import inspect

import pyhelm3
import pytest

from hubwright.adapters.helm.errors import MAPPED_ERRORS, ReleaseTimeoutError, clean_output, translate_error
from hubwright.core.errors import ApiError, ConfigError, HubwrightError, ReleaseError, ValuesError


def pyhelm3_errors() -> dict[str, type[pyhelm3.errors.Error]]:
    members = inspect.getmembers(pyhelm3.errors, inspect.isclass)
    return {name: kind for name, kind in members if issubclass(kind, Exception)}


def test_every_pyhelm3_error_is_mapped_and_no_other():
    assert set(MAPPED_ERRORS) == set(pyhelm3_errors())


@pytest.mark.parametrize("name", sorted(MAPPED_ERRORS))
def test_each_becomes_an_error_of_ours(name: str):
    error = pyhelm3_errors()[name](1, b"", b"Error: something broke")
    translated = translate_error(error, what="release hub/web")
    assert isinstance(translated, HubwrightError)
    assert translated.message.startswith("release hub/web: ")


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        (b"Error: UPGRADE FAILED: context deadline exceeded", ReleaseTimeoutError),
        (b"Error: INSTALLATION FAILED: failed pre-install: timed out waiting for the condition", ReleaseTimeoutError),
        (b"Error: values don't meet the specifications of the schema(s)", ValuesError),
        (b"Error: Kubernetes cluster unreachable: connection refused", ApiError),
        (b'Error: path "/nope" not found', ConfigError),
        (b"Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", ReleaseError),
        (b"", ReleaseError),
    ],
)
def test_what_pyhelm3_does_not_tell_apart(stderr: bytes, kind: type[HubwrightError]):
    assert type(translate_error(pyhelm3.errors.Error(1, b"", stderr), what="x")) is kind


def test_secrets_of_the_values_are_masked():
    error = pyhelm3.errors.InvalidResourceError(1, b"", b'Error: Secret "x" is invalid: data: hunter22')
    translated = translate_error(error, what="x", values={"password": "hunter22"})
    assert "hunter22" not in translated.message


def test_log_lines_are_dropped():
    text = "I1123 21:00:00.1 warnings.go:70] deprecated\ncoalesce.go:286: warning: x\nError: it broke\n"
    assert clean_output(text) == "it broke"
