"""Projects, regions, quota, flavors and capabilities."""
