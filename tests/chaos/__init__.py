"""Sweeps whose processes are killed."""
