"""Resource types that no well-kept Pulumi package has, as dynamic providers (`pulumi.dynamic`).

Both engines run them. Their classes live in modules, so that the state holds their names and not their code.
"""
