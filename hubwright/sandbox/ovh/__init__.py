"""The OVHcloud API on loopback: one folder a service, each of the same four files.

`urls` maps paths to handlers, `responses` speaks HTTP, `models` holds the rules and knows no HTTP, `exceptions` has
OVH's own error codes and sentences. `core` carries what they share, `ports` what stands behind them, `services` joins
them, `app` is the HTTP face.
"""
