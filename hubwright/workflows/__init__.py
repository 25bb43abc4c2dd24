"""One module a verb: an ordered list of steps that sees the outside only through ports."""
