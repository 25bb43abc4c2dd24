from __future__ import annotations

from tests.sandbox.registry.registry_under_test import running

__all__ = ["running"]
