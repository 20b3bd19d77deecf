"""What belongs to the paper alone: its datasets, figures, claims and numbers."""
