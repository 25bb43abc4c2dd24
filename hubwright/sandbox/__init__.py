"""A cloud on loopback made of real parts; only `hubwright.cli` and `hubwright.workflows` may import it."""
