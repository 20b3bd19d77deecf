"""All runs of a folder as flat lines, with a file beside them that remembers what they said.

``<runs_dir>/.index.json`` holds the flat line of every ended run and the marks (inode, size, times) of
the files it was read from. It is a cache and never the truth: a line counts only while all marks are
those of now, so whatever changes a record is seen, whoever wrote it. It can be deleted at any time, is
not read by other versions of the code, and a copy of the folder on another disk makes its own.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from imbench.runs import flat
from imbench.runs.record import STATES, iterate
from imbench.runs.shapes import is_line
from imbench.utils.files import read_bytes

INDEX = ".index.json"
#: The largest index that is read or written: about 50,000 runs. Reading takes some 8 times the memory.
INDEX_BYTES = 64 << 20
#: A list in JSON takes 3 bytes of the file and 56 of memory; an index has one in more than a hundred.
BYTES_A_LIST = 20
#: A file younger than this may change again without a change of its marks (clocks tick in
#: milliseconds), so its line is not remembered yet.
YOUNG_SECONDS = 2.0
#: So many lines, and this share of them, must be new before the file is written again.
NEW_RUNS, NEW_SHARE = 20, 0.02

Marks = list[list[int] | None]
#: The marks, the names and the values of one line.
Entry = tuple[Marks, list[str], list[Any]]


def flat_runs(runs_dir: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """Every run folder, in the order of the keys, with its flat line; None when the run has not ended."""
    before, now, fresh = _read(runs_dir), {}, 0
    limit = (time.time() - YOUNG_SECONDS) * 1e9
    for folder in iterate(runs_dir):
        name, marks = folder.path.name, _marks(folder.path)
        entry = before.get(name)
        line = dict(zip(entry[1], entry[2], strict=True)) if entry is not None and entry[0] == marks else None
        if line is None or not is_line(line, name, STATES):
            line, fresh = flat.flat_run(folder), fresh + 1
            young = any(mark is not None and max(mark[2:]) > limit for mark in marks)
            entry = None if line is None or young else (marks, list(line), list(line.values()))
        if entry is not None:
            now[name] = entry
        yield folder.path, line
    if fresh + len(before.keys() - now.keys()) > max(NEW_RUNS, NEW_SHARE * len(now)):
        _write(runs_dir, now)


def _marks(folder: Path) -> Marks:
    """What changes whenever a file is replaced or written to, taken before it is read."""
    marks: Marks = []
    for name in flat.FILES:
        try:
            found = os.stat(f"{folder}/{name}")
        except OSError:
            marks.append(None)
        else:
            marks.append([found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns])
    return marks


def _read(runs_dir: Path) -> dict[str, Entry]:
    """What was remembered; nothing when the file is absent, broken, or of another version of the code."""
    import orjson

    try:
        text = read_bytes(runs_dir / INDEX, INDEX_BYTES) or b""
        if (text.count(b"[") + text.count(b"{")) * BYTES_A_LIST > len(text):
            return {}
        stored = orjson.loads(text)
        if stored["form"] != _form():
            return {}
        names = stored["names"]
        found = {key: (marks, names[number], values) for key, marks, number, values in stored["runs"]}
        whole = all(len(words) == len(values) for _, words, values in found.values())
        return found if whole else {}
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}


def _write(runs_dir: Path, entries: dict[str, Entry]) -> None:
    """Replace the file as a whole; of several writers the last one counts. A failure costs nothing."""
    import orjson

    numbers: dict[tuple[str, ...], int] = {}
    runs = [
        [key, marks, numbers.setdefault(tuple(words), len(numbers)), values]
        for key, (marks, words, values) in entries.items()
    ]
    content = {"form": _form(), "names": [list(words) for words in numbers], "runs": runs}
    temporary = runs_dir / f"{INDEX}.{os.getpid()}"
    text = orjson.dumps(content)
    if len(text) > INDEX_BYTES:  # it would not be read
        return
    try:
        temporary.write_bytes(text)
        temporary.replace(runs_dir / INDEX)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


@lru_cache(maxsize=1)
def _form() -> str:
    """A hash of the code that makes a line: other code, other lines."""
    return hashlib.sha256(b"".join(Path(f).read_bytes() for f in (__file__, flat.__file__))).hexdigest()[:16]
