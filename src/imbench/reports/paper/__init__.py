"""What belongs to the paper alone: its tables, figures, claims and numbers."""
