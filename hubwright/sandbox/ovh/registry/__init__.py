"""Managed private registries and their users."""
