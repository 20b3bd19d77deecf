"""Ways of making minority rows. Every one is an imbalanced-learn sampler: ``fit_resample(X, y)``."""
