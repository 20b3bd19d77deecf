"""Datasets: configuration, files, schema, and the published split."""
