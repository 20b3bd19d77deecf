"""Scores of a training set on a test set. Nothing here knows how rows were made."""
