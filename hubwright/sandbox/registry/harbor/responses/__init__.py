"""HTTP side of Harbor's API: each handler parses, asks for the right, calls one rule, and wraps the answer."""
