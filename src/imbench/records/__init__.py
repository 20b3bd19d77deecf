"""Run records: their files and schemas, archives of many of them, and reading both together."""
