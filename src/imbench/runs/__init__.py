"""Runs: what identifies them, how they are executed, and the only place that writes results."""
