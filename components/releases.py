"""How every Helm release of ours is declared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.charts import ChosenChart

TIMEOUT_S = 900
"""How long a release may take to become ready; a new node takes minutes, and images are pulled after that."""


def declare_release(
    parent: pulumi.Resource,
    chart: ChosenChart,
    *,
    release_name: str,
    namespace: pulumi.Input[str],
    values: dict[str, Any],
    depends_on: Sequence[pulumi.Input[pulumi.Resource]],
) -> kubernetes.helm.v3.Release:
    """Declares the release `release` under `parent`; it waits until its objects are ready."""
    repository = kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository) if chart.repository is not None else None
    return kubernetes.helm.v3.Release(
        "release",
        name=release_name,
        chart=chart.chart,
        version=chart.version,
        repository_opts=repository,
        namespace=namespace,
        values=values,
        allow_null_values=True,  # a null in a layer takes a chart's default away
        timeout=TIMEOUT_S,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on)),
    )
