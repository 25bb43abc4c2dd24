"""The Kubernetes API: a small client, readiness of objects, and why they are not ready."""

from hubwright.adapters.kubernetes.client import KubernetesClient, Manifest, ObjectKind, connect_kubernetes, describe
from hubwright.adapters.kubernetes.diagnosis import explain_unready, find_unready
from hubwright.adapters.kubernetes.dry_run import DryRunResult, Outcome, dry_run
from hubwright.adapters.kubernetes.errors import FieldConflictError
from hubwright.adapters.kubernetes.kubeconfig import ClusterAccess, parse_kubeconfig
from hubwright.adapters.kubernetes.readiness import Readiness, assess, awaited_kinds
from hubwright.adapters.kubernetes.redaction import redact

__all__ = [
    "ClusterAccess",
    "DryRunResult",
    "FieldConflictError",
    "KubernetesClient",
    "Manifest",
    "ObjectKind",
    "Outcome",
    "Readiness",
    "assess",
    "awaited_kinds",
    "connect_kubernetes",
    "describe",
    "dry_run",
    "explain_unready",
    "find_unready",
    "parse_kubeconfig",
    "redact",
]
