"""GReaT by its authors' package be_great."""

from baselines.be_great.adapter import BeGreatSampler

__all__ = ["BeGreatSampler"]
