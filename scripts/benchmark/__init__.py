"""How fast the language models are, measured side by side with the published package."""
