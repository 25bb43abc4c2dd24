"""The state: Pulumi's checkpoint format, its passphrase encryption, and the places where a state is kept."""
