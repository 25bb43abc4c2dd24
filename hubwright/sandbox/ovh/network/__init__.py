"""Private networks and their subnets (v1)."""
