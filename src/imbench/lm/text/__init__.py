"""Rows as text: columns, numbers, sentences, grammar and vocabularies."""
