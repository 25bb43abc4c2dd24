"""Typer commands: options in, one workflow call, exit code out."""
