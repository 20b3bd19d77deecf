"""The paper's datasets, each with ours beside it: one module a dataset."""
