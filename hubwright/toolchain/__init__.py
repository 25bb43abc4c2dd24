"""Finds or builds the pinned binaries: Helm, the Kubernetes control plane, etcd, kwok, the registry."""
