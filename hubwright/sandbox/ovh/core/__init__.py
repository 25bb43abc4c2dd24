"""What every service of the OVH API shares: routing, time, state on disk, faults, the error shape."""
