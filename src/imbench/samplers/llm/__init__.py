"""Language-model oversamplers: one class, four choices."""
