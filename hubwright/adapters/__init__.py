"""One module for each outside system; each only talks, decisions are in `hubwright.core`."""
