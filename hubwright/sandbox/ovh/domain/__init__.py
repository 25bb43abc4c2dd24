"""DNS zones: pending records and what is served since the last refresh."""
