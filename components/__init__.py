"""Pulumi ComponentResources: thin wiring of the official packages; every decision is in `hubwright.core`."""
