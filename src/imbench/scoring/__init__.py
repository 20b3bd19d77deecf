"""Predictions and scores of a training set on a test part; independent of how its rows came about."""
