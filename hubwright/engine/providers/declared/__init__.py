"""Resource types as declarations: fields in a table, a few calls, and shared machinery for everything else.

A package such as `hubwright.engine.providers.ovh` declares each type (`fields`, `resource`); `provider` turns the
declarations into the engine's `Provider`. What all types share is written once: `checking` (inputs), `comparing`
(diffs) and `waiting` (polls).
"""
