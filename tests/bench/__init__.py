"""Benchmarks: measured and printed as JSON, never asserted."""
