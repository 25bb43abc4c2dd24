"""Signatures, credentials and the /auth routes."""
