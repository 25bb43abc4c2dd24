"""A stack's settings as its program will read them, before anything is started or built."""

from __future__ import annotations

import os
from functools import partial

from hubwright.core.settings import Settings, parse_settings, setting_positions
from hubwright.workflows.project import read_passphrase, read_stack_file
from hubwright.workflows.target import DeployTarget, has_secure, open_config


def read_settings(target: DeployTarget) -> Settings:
    """Read a stack's settings. Raises ConfigError that names every fault with its line."""
    file = target.project.stack_file(target.stack)
    stack_file = read_stack_file(target.project, target.stack)
    passphrase = partial(read_passphrase, target.project, target.stack, os.environ)
    config, _secret_keys = open_config(stack_file, passphrase)
    name = os.path.relpath(file, target.project.folder)
    positions = setting_positions(file.read_text(encoding="utf-8"), source=name)
    return parse_settings(config, stack=target.stack, positions=positions)


def check_settings(target: DeployTarget) -> None:
    """Refuse wrong settings, so that a typing error costs nothing.

    Encrypted settings of a stack that the Pulumi CLI runs may need its service to be read: those wait for the preview.
    """
    if not (target.uses_pulumi() and has_secure(read_stack_file(target.project, target.stack).config)):
        read_settings(target)
