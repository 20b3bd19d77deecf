"""Names that may become part of a path, a record and a table, and text for messages."""

from __future__ import annotations

import hashlib
import re

from imbench.errors import ConfigError

MAX_LENGTH = 100
_SAFE = re.compile(rf"\w[\w .+\-]{{0,{MAX_LENGTH - 1}}}")
#: What a name may be, for messages.
NAME_RULE = (
    f"it may hold letters, digits, spaces and _ . + -, begins with a letter or a digit, holds no '..', "
    f"and has at most {MAX_LENGTH} characters"
)


def is_safe(name: object) -> bool:
    """Whether ``name`` follows :data:`NAME_RULE`, so that it cannot lead out of a folder."""
    return isinstance(name, str) and _SAFE.fullmatch(name) is not None and ".." not in name


def check_name(name: object, option: str) -> str:
    """``name`` itself, or a :class:`ConfigError` that names the option and what is allowed."""
    if not is_safe(name):
        raise ConfigError(f"{option}={truncated(name)} cannot be a name: {NAME_RULE}.")
    return str(name)


def file_name_part(text: str) -> str:
    """``text`` as a part of a file name: unchanged where it is safe, else replaced and marked by a hash."""
    if is_safe(text):
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = re.sub(r"[^\w-]+", "-", text)[:40].strip("-")
    return f"{kept}-{mark}" if kept else mark


def truncated(value: object, limit: int = 60) -> str:
    """A value as a message shows it: one line of at most ``limit`` printable characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: limit + 1])
    return f"{text[:limit]}…" if len(text) > limit else text
