"""What is known of Kubernetes' kinds without asking a cluster."""

from __future__ import annotations

CLUSTER_SCOPED_KINDS = frozenset(
    {
        "APIService",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""The kinds of Kubernetes' own API groups that have no namespace."""

_OTHERS = frozenset({("cert-manager.io", "ClusterIssuer")})
"""The kinds without a namespace of other groups that charts of ours use."""


def is_cluster_wide(group: str, kind: str) -> bool:
    """Tell whether objects of a kind belong to no namespace, as far as that is known."""
    built_in = "." not in group or group.endswith(".k8s.io")
    return (built_in and kind in CLUSTER_SCOPED_KINDS) or (group, kind) in _OTHERS
