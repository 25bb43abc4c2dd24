"""Contract tests here run against the same control plane as those of the adapters below."""

from __future__ import annotations

from tests.adapters.conftest import client, cluster, namespace

__all__ = ["client", "cluster", "namespace"]
