"""Used by all packages: files, locks, text, paths, configurations."""
