"""GReaT by its authors' package be_great."""
