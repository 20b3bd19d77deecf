"""Adapters to other packages' generators, one small file each."""
