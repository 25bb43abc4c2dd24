"""Pure parts: settings, values, sizing, naming, errors. No I/O, no clock, no environment."""
