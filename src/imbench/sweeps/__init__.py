"""Sweeps: plan, launchers, journal, status and estimate."""
