"""Statistics over datasets and seeds."""
