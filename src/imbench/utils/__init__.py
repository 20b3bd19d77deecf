"""What every part of the project uses: files, locks, text, paths, configurations."""
