"""MLflow: a copy of each run."""
