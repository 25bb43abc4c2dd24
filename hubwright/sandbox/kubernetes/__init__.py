"""Managed Kubernetes on loopback: real etcd, API server, controllers and scheduler, with kwok in place of the nodes.

`control_plane` starts and stops one cluster, `nodes` gives it node pools, and `cloud_controller` does for its
LoadBalancer Services what OpenStack's cloud controller does in a real cluster. Pods on kwok's nodes run no process.
"""
