"""Long sheets as files: Markdown and CSV only, for they would not fit a printed page."""

from __future__ import annotations

from pathlib import Path

from imbench.reports.sheet import Sheet


def write_plain(sheet: Sheet, folder: Path) -> list[Path]:
    """Write ``<name>.md`` and ``.csv`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{sheet.name}.{ending}" for ending in ("md", "csv")]
    for path, text in zip(paths, (sheet.markdown(), sheet.csv()), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
