"""Adapters to the generators of other packages."""
