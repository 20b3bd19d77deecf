"""Names that may stand in a path, a record and a table: what comes from outside is checked here."""

from __future__ import annotations

import hashlib
import re

from imbench.errors import ConfigError

LONGEST = 100
_SAFE = re.compile(rf"\w[\w .+\-]{{0,{LONGEST - 1}}}")


def is_safe(name: object) -> bool:
    """Whether ``name`` is text of letters, digits and ``_ . + -`` and spaces, with no leading point."""
    return isinstance(name, str) and _SAFE.fullmatch(name) is not None and ".." not in name


def check_name(name: object, word: str) -> str:
    """``name`` itself, or a :class:`ConfigError` that says where it stands (``word``) and what is allowed.

    A name becomes a part of file names, so it must not lead out of a folder.
    """
    if not is_safe(name):
        raise ConfigError(
            f"{word}={truncated(name)} cannot be a name: it may hold letters, digits, spaces and _ . + -, "
            f"begins with a letter or a digit, holds no '..', and has at most {LONGEST} characters."
        )
    return str(name)


def file_name_part(text: str) -> str:
    """``text`` as one word of a file name: as it is where that is safe, else mended, with a short hash."""
    if is_safe(text):
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:40].strip("-") + "-" + mark


def truncated(value: object, most: int = 60) -> str:
    """A value as an error message shows it: one line, cut, and printable in any terminal."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: most + 1])
    return f"{text[:most]}…" if len(text) > most else text
