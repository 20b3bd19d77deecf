"""One HTML file of the page's parts: styles, scripts and data inline, nothing fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

#: The scripts in the order in which they need each other.
SCRIPTS = (
    "core", "controls", "chart", "trace", "leaderboard", "scatter", "curves", "dcr", "map", "ledger", "main",
)  # fmt: skip


def assemble(data: Mapping[str, Any]) -> str:
    """The complete page for ``page_data``'s content. The same content gives the same text."""
    folder = files("imbench.reports.page")

    def part(name: str) -> str:
        return folder.joinpath(*name.split("/")).read_text(encoding="utf-8")

    script = "\n".join(part(f"js/{name}.js") for name in SCRIPTS)
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # inside <script>, only "<" could end the element or open a comment
    text = text.replace("<", "\\u003c")
    page = part("page.html")
    for mark, content in (("STYLE", part("style.css")), ("SCRIPT", script), ("DATA", text)):
        page = page.replace(f"/*{mark}*/", content)
    return page
