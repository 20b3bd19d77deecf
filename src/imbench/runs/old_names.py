"""Names in records that were written before version 0.2, and the present ones. The only such table."""

from __future__ import annotations

#: Entries of ``ledger.json`` (``training_rows`` counts the rows of a language model's corpus).
LEDGER = {"asked": "requested", "given": "real_rows"}
