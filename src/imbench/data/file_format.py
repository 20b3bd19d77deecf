"""Encoding, separator and quoting of a user's text file, found by charset-normalizer and clevercsv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from imbench.errors import DataError

#: So many bytes of a file's beginning decide.
SAMPLE_BYTES = 200_000
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: Separators that are considered; clevercsv would also try letters.
SEPARATORS = (",", ";", "\t", "|", " ", ":")


@dataclass(frozen=True)
class FileFormat:
    """How a file is to be read; ``found`` names what was detected rather than given."""

    encoding: str
    separator: str
    quote: str
    found: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line for people."""
        mark = {"\t": "tab", " ": "space"}.get(self.separator, f"'{self.separator}'")
        return f"encoding {self.encoding}, separator {mark}, quotes {self.quote or 'none'}"


def detect_format(path: Path, encoding: str | None = None, separator: str | None = None) -> FileFormat:
    """The format of a text file; what is given is not looked for.

    Raises :class:`DataError` when the bytes are no text in any known encoding.
    """
    with path.open("rb") as file:
        data = file.read(SAMPLE_BYTES)
    found = []
    if encoding is None:
        encoding = detect_encoding(path, data)
        found.append("encoding")
    try:
        text = data.decode(encoding, errors="ignore")
    except LookupError as error:
        raise DataError(
            f"dataset.encoding={encoding} is no encoding that Python knows. Leave it out (it is detected), "
            "or name one such as utf-8 or latin-1."
        ) from error
    quote = '"'
    if separator is None:
        separator, quote = _dialect(text)
        found.append("separator")
    return FileFormat(encoding, separator, quote, tuple(found))


def detect_encoding(path: Path, data: bytes) -> str:
    """The encoding of the bytes: UTF-8 where they are valid UTF-8, else charset-normalizer's best guess."""
    for mark, name in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > len(data) - 4:
            return "utf-8"  # the sample ends inside a character
    from charset_normalizer import from_bytes

    # Neighbouring code pages (cp1250, cp1254) fit short texts as well as cp1252 does: they have to be named.
    best = from_bytes(data, cp_isolation=["cp1252", "cp1251", "shift_jis", "gb18030"]).best()
    if best is None:
        raise DataError(
            f"'{path}' is no text in a known encoding. Save it as UTF-8, or name its encoding by "
            "dataset.encoding=…"
        )
    return best.encoding


def _dialect(text: str) -> tuple[str, str]:
    """Separator and quoting mark; one column alone has no separator, and a comma is as good as any."""
    import clevercsv

    lines = text.splitlines()
    sample = "\n".join(lines[:200])
    header = lines[0] if lines else ""
    present = [s for s in SEPARATORS if s in header]
    if not present:
        return ",", '"'
    if len(present) == 1:
        return present[0], '"'
    try:
        dialect = clevercsv.Sniffer().sniff(sample, delimiters=list(present))
    except (clevercsv.Error, ValueError):
        return present[0], '"'
    return dialect.delimiter or present[0], dialect.quotechar or '"'
