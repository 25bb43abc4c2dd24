"""Node pools of Kubernetes clusters, and their nodes."""
