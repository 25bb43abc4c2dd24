"""Gateways (routers) and the operations that make them."""
