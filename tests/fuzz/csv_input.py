"""Fuzzer of ``dataset=csv``: any bytes as a file with any options, up to the encoded rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.part import Part

#: Texts that are hard to read.
CELLS = (
    "", " ", "0", "1", "2", "3", "4.5", "-1e308", "1e400", "inf", "-Infinity", "nan", "NaN", "NA", "None",
    "?",
    "5e-324", "0x1F", "1_000", "1,5", "١٢", "²", "true", "True", "a", "b", "red", "blue", "x is y", 'say "x"',
    '"', "'", "''", '""', "code≈", "code≈1.5", "code≈x", "=1+1", "@SUM(A1)", "${oc.env:HOME}", "{0}", "%s",
    "../../x", "/etc/passwd", "<script>", "\\", "\x00", "\x1a", "\ufeff", "\u2028", "\u202e", "é", "é", "漢",
    "😀", "9" * 400, "0." + "0" * 330 + "1", "x" * 300, "1e-320", "123456789012345678901", "__label__",
    "label",
    "index", "level_0", "Unnamed: 0", "target", "nan,", "a;b", "a\nb", "a\rb", "\t", "2024-01-01", "1 000",
)  # fmt: skip
SEPARATORS = (",", ";", "\t", "|", " ", "tab", "\\t", "", "ab", "\\s+", "(a+)+$", '"', "\n", "\x00", ".",
    "1", "é",
              "\ufeff", "'")  # fmt: skip


def inputs() -> Any:
    """Mostly datasets with one fault, and some arbitrary bytes."""
    from hypothesis import strategies as st

    cell = st.one_of(st.sampled_from(CELLS), st.text(max_size=8), st.integers(-9, 9).map(str))

    @st.composite
    def table(draw: Any) -> dict[str, Any]:
        columns = draw(st.integers(1, 5))
        names = [*draw(st.lists(cell, min_size=columns, max_size=columns)), "label"]
        rows = draw(st.integers(0, 24))
        kinds = draw(st.lists(st.sampled_from(("number", "word", "any")), min_size=columns, max_size=columns))
        pools = {"number": st.integers(-99, 99).map(str), "word": st.sampled_from("abc"), "any": cell}
        lines = [names]
        for _ in range(rows):
            lines.append([*(draw(pools[k]) for k in kinds), draw(st.sampled_from(("u", "u", "u", "r")))])
        separator = draw(st.sampled_from(SEPARATORS)) if draw(st.integers(0, 4)) == 4 else ","
        quoted = draw(st.booleans())
        mark = separator if len(separator) == 1 else ","
        end = draw(st.sampled_from(("\n", "\n", "\r\n", "\r", "\n\n")))
        data = end.join(mark.join(_quoted(c) if quoted else c for c in line) for line in lines).encode()
        data = draw(st.sampled_from((b"", b"", b"", b"\xef\xbb\xbf", b"\n", b" \n"))) + data
        if draw(st.integers(0, 3)) == 3:  # a piece of it is lost or replaced
            at = draw(st.integers(0, len(data)))
            data = data[:at] + draw(st.binary(max_size=6)) + data[at + draw(st.integers(0, 9)) :]
        options = {"target": draw(st.sampled_from(["label"] * 5 + [*names, 5, "", ["label"]]))}
        if separator != ",":
            options["separator"] = separator
        odd = draw(st.lists(st.tuples(st.sampled_from(ODD_OPTIONS), odd_values(st, names)), max_size=2))
        return {"bytes": data.decode("latin-1"), "words": options | dict(odd)}

    raw = st.binary(max_size=60).map(lambda b: {"bytes": b.decode("latin-1"), "words": {"target": "label"}})
    return st.one_of(table(), table(), table(), raw)


ODD_OPTIONS = ("missing", "continuous", "categorical", "ignore", "drop_missing", "cut", "name", "limits",
    "path",
             "_target_", "embedded")  # fmt: skip


def odd_values(st: Any, names: list[str]) -> Any:
    """Values that a word of the configuration may be given by mistake or malice."""
    cut = st.fixed_dictionaries(
        {
            "cut": st.one_of(st.integers(-9, 9), st.floats(), st.text(max_size=3)),
            "below": st.text(max_size=3),
        },
        optional={"from": st.one_of(st.text(max_size=3), st.integers()), "x": st.none()},
    )
    limits = st.dictionaries(
        st.sampled_from(("rows", "columns", "bytes", "cells", "characters", "categories", "classes", "x")),
        st.one_of(st.integers(-1, 30), st.text(max_size=2)), max_size=2,
    )  # fmt: skip
    return st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=5),
        st.sampled_from(CELLS), st.lists(st.sampled_from([*names, "x", 1, None, ["a"]]), max_size=3), cut,
            limits,
        st.just({"_target_": "os.system"}), st.just("../../x"), st.just("x" * 5000),
    )  # fmt: skip


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def play(given: Any, folder: Path) -> None:
    """Load the file as ``dataset=csv`` does, split it, and show it to encoders and language models."""
    import numpy as np

    from imbench.data.catalogue import dataset_checksum, load_dataset
    from imbench.data.split import split_dataset
    from imbench.lm.text.columns import describe_columns
    from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache
    from imbench.scoring.encodings import DistanceEncoder
    from imbench.utils.config import entry

    path = folder / "mine.csv"
    path.write_bytes(given["bytes"].encode("latin-1"))
    options = entry("dataset", "csv")
    options = options | {"path": str(path)} | given["words"]
    dataset_checksum(options)
    table = load_dataset(options)
    assert table.labels.between(0, len(table.schema.classes) - 1).all(), "labels outside of the classes"
    assert list(table.features.columns) == list(table.schema.features), "other columns than the schema's"
    split = split_dataset(table, 0, 0.5)
    encoder = DistanceEncoder.fit(split.complete.features, table.schema)
    with np.errstate(all="ignore"):
        assert np.isfinite(encoder.transform(split.test.features)).all(), "an encoded cell is not finite"
        rows = split.train.features.assign(**{table.schema.target: split.train.labels.astype(str)})
        columns = describe_columns(rows.rename(columns=str))
    for padded in (False, True):
        TokenCache(DatasetVocabulary(columns, padded)).encode(rows)
    assert sorted(p.name for p in folder.iterdir()) == ["mine.csv"], "a file was written"


@cache
def _imports() -> None:
    """Slow imports that do not depend on the input."""
    import sklearn.model_selection  # noqa: F401


PART = Part("csv", inputs, play, _imports)
