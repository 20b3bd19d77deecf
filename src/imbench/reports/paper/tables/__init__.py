"""The paper's tables, each with ours beside it: one module a table."""
