"""The settings of a stack, one by one: set, get, remove, list; plain, secret, structured, by path.

The stack file keeps its comments and layout. Secrets are encrypted with the stack's passphrase, in Pulumi's form
``{secure: v1:…}``, wherever they stand.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from hubwright.adapters.files import replace_file
from hubwright.adapters.pulumi_cli import capture_pulumi
from hubwright.core.errors import ConfigError, HubwrightError, UsageError
from hubwright.core.key_paths import Path, parse_path
from hubwright.core.nearest import nearest_name
from hubwright.core.yaml_edit import YamlText
from hubwright.engine.state.passphrase import PassphraseCrypter
from hubwright.workflows.project import Project, read_passphrase, read_stack_file
from hubwright.workflows.stack import ensure_salt
from hubwright.workflows.stack_settings import read_settings
from hubwright.workflows.target import DeployTarget, has_secure, open_secure, pulumi_environment

MASK: Final = "[secret]"
_SHARED_MODE: Final = 0o644
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d*)")
_SECRET_NAME: Final = re.compile(r"passw|secret|token|credential|private_?key|api_?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A value to be set, as it was given. `type` is one of string, int, float, bool, json; None guesses as Pulumi."""

    text: str
    type: str | None = None
    secret: bool = False
    plaintext: bool = False


def set_config(
    target: DeployTarget, key: str, value: ConfigValue, *, by_path: bool, warn: Callable[[str], None]
) -> None:
    """Write one setting. Warns when it makes settings wrong that were right."""
    path = config_path(target.project, key, by_path=by_path)
    if not (value.secret or value.plaintext) and value.type is None and _SECRET_NAME.search(str(path[-1])):
        raise UsageError(
            f"{key} looks like a secret", hint="add --secret to encrypt it, or --plaintext when it is none"
        )
    was_right = _fault(target) is None
    if target.uses_pulumi() and value.type != "json":
        _set_by_cli(target, key, value, by_path=by_path)
    else:
        salt = ensure_salt(target) if value.secret else None
        document = _open_file(target)
        if salt:
            crypter = PassphraseCrypter(partial(read_passphrase, target.project, target.stack, os.environ), salt)
            document.set(("config", *path), {"secure": crypter.encrypt(value.text)})
        else:
            document.set(("config", *path), typed(value.text, value.type, guess=by_path))
        _save(target, document)
    if was_right and (fault := _fault(target)):
        warn(f"it is set, but now the settings are not right: {fault}")


def _fault(target: DeployTarget) -> str | None:
    """Return what is wrong with the settings; nothing where that cannot be told."""
    try:
        read_settings(target)
    except ConfigError as error:
        return error.message
    except HubwrightError:
        # Whoever sets a value may lack the passphrase of others.
        return None
    return None


def get_config(target: DeployTarget, key: str, *, by_path: bool) -> Any:
    """Return one setting, decrypted. Raises ConfigError, naming the nearest, when there is none."""
    path = config_path(target.project, key, by_path=by_path)
    if target.uses_pulumi():
        flags = ["--path"] if by_path else []
        return json.loads(_capture(target, ["config", "get", "--json", *flags, "--", key]))["value"]
    try:
        found = _open_file(target).get(("config", *path))
    except KeyError:
        raise _no_setting(target, key, path) from None
    return _opened(target, found)


def remove_config(target: DeployTarget, key: str, *, by_path: bool) -> None:
    """Remove one setting. Raises ConfigError when there is none."""
    path = config_path(target.project, key, by_path=by_path)
    document = _open_file(target)
    try:
        document.remove(("config", *path))
    except KeyError:
        raise _no_setting(target, key, path) from None
    _save(target, document)


def list_config(target: DeployTarget, *, show_secrets: bool) -> dict[str, Any]:
    """Return every setting; secrets are masked unless `show_secrets`."""
    config = read_stack_file(target.project, target.stack).config
    if show_secrets and has_secure(config):
        if target.uses_pulumi():
            shown = json.loads(_capture(target, ["config", "--json", "--show-secrets"]))
            return {key: item.get("objectValue", item.get("value")) for key, item in shown.items()}
        return {key: _opened(target, value) for key, value in config.items()}
    return {key: open_secure(value, lambda _ciphertext: MASK) for key, value in config.items()}


def config_path(project: Project, key: str, *, by_path: bool) -> Path:
    """Return a setting's path below `config`: a key without a namespace is of the project's own.

    Raises UsageError for an empty key, ConfigError for a path with a syntax error.
    """
    namespace, colon, name = key.partition(":")
    if not colon:
        namespace, name = project.name, key
    path: Path = parse_path(name) if by_path else (name,)
    if not namespace or not path or not isinstance(path[0], str) or not path[0]:
        raise UsageError(f"not a key: {key!r}", hint="write it like dns.zone with --path, or aws:region")
    return (f"{namespace}:{path[0]}", *path[1:])


def typed(text: str, kind: str | None, *, guess: bool) -> Any:
    """Return a value of a type. Without one, `guess` tells numbers and booleans from texts, as Pulumi does."""
    readers: Mapping[str, Callable[[str], Any]] = {"string": str, "int": int, "float": float, "json": json.loads}
    try:
        if kind == "bool":
            return {"true": True, "false": False}[text]
        if kind is not None:
            return readers[kind](text)
    except (KeyError, ValueError) as error:
        raise UsageError(f"not of type {kind}: {text!r}") from error
    if guess and text in ("true", "false"):
        return text == "true"
    return int(text) if guess and _INTEGER.fullmatch(text) else text


def _set_by_cli(target: DeployTarget, key: str, value: ConfigValue, *, by_path: bool) -> None:
    flags = ["--path"] if by_path else []
    flags += ["--secret"] if value.secret else [f"--type={value.type}"] if value.type else ["--plaintext"]
    # Through stdin: an argument can be read by every user of the machine.
    _capture(target, ["config", "set", *flags, "--raw", "--", key], stdin=value.text)


def _opened(target: DeployTarget, value: Any) -> Any:
    if not has_secure(value):
        return value
    salt = read_stack_file(target.project, target.stack).encryption_salt
    passphrase = partial(read_passphrase, target.project, target.stack, os.environ)
    return open_secure(value, PassphraseCrypter(passphrase, salt).decrypt)


def _open_file(target: DeployTarget) -> YamlText:
    read_stack_file(target.project, target.stack)
    file = target.project.stack_file(target.stack)
    return YamlText(file.read_text(encoding="utf-8"), source=os.path.relpath(file, target.project.folder))


def _save(target: DeployTarget, document: YamlText) -> None:
    file = target.project.stack_file(target.stack)
    replace_file(file, document.text(), mode=_SHARED_MODE)
    read_stack_file(target.project, target.stack)


def _no_setting(target: DeployTarget, key: str, path: Path) -> ConfigError:
    names = list(read_stack_file(target.project, target.stack).config)
    close = nearest_name(str(path[0]), names)
    hint = f"did you mean {close}?" if close and close != path[0] else "`hubwright config ls` shows all"
    return ConfigError(f"stack {target.stack} has no setting {key}", hint=hint)


def _capture(target: DeployTarget, arguments: list[str], *, stdin: str | None = None) -> str:
    environment = pulumi_environment(target)
    return capture_pulumi(arguments, target.project.folder, target.stack, environment=environment, stdin=stdin)
