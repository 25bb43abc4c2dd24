"""Managed private registries: a real CNCF registry process behind a gateway that speaks Harbor's token service."""
