"""Fuzzer of the way back from generated text to cells: sentences, tokens, half numbers, the repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fuzz.part import Part

PIECES = (
    " is ", ", ", ",", '"', "\\", '\\"', "nan", "is", " ", "\n", "\\u00", "\\ud800", "a", "b", "x is ",
    "size",
    "colour is ", "1", "-", ".", "1e999", "1_0", "²", "١", "0" * 40, "\x00", "😀", '"a"', '"a" is "b"', "e",
    "9" * 5000, " is a" * 400, '"' * 50, "\\" * 51, ", " * 50, "infinity", "-nan", "+1",
)  # fmt: skip


def inputs() -> Any:
    """Text of likely pieces, columns of likely tables, tokens that a model may sample."""
    from hypothesis import strategies as st

    piece = st.one_of(st.sampled_from(PIECES), st.text(max_size=5))
    text = st.lists(piece, max_size=12).map("".join)
    number = st.one_of(
        st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from((0.1, -2.5, 1e12, 5e-324)),
    )  # fmt: skip
    column = st.one_of(
        st.lists(st.one_of(st.none(), number), min_size=1, max_size=4),
        st.lists(st.one_of(st.none(), text), min_size=1, max_size=4),
    )
    return st.fixed_dictionaries(
        {
            "text": text,
            "columns": st.dictionaries(st.one_of(st.sampled_from(("size", "colour")), text), column,
                                       min_size=1, max_size=4),
            "tokens": st.lists(st.integers(0, 2**16), max_size=30),
            "number": st.text(alphabet="0123456789-+.", max_size=12),
            "padded": st.booleans(),
        }
    )  # fmt: skip


def play(given: Any, folder: Path) -> None:
    """Read the text and the tokens back to cells, repair the row, check what must hold for any."""
    import numpy as np
    import pandas as pd

    from imbench.lm.text.columns import describe_columns, read_cells
    from imbench.lm.text.numbers import NumberShape
    from imbench.lm.text.pretrained_vocabulary import TextVocabulary
    from imbench.lm.text.repair import averages, repair_rows
    from imbench.lm.text.sentences import read_sentence, write_sentence
    from imbench.lm.text.vocabulary import DatasetVocabulary

    cells = read_sentence(given["text"])
    again = read_sentence(write_sentence(cells))
    assert again == cells, "what was read is not what is written and read again"
    frame = pd.DataFrame({name: _column(values) for name, values in given["columns"].items()})
    with np.errstate(all="ignore"):
        columns = describe_columns(frame)
    average = averages([frame], columns)
    table = DatasetVocabulary(columns, given["padded"])
    text = TextVocabulary(columns, Letters(), 0x110000)
    spelled = [ord(c) for c in given["text"]]
    sampled = [1 + t % (table.size - 1) for t in given["tokens"]]
    for found in (table.read([], sampled), text.read([], spelled), text.read([(0, None)], spelled)):
        assert len(dict(found)) == len(found), "a column was read twice"
        rows, _, _ = repair_rows([dict(found)], [0], columns, average)
        for row in rows:
            for j, column in enumerate(columns):
                value = read_cells([row[j]], column).iloc[0]
                assert pd.isna(value) or not column.is_number or np.isfinite(value), "no finite number"
    for column in columns:
        if column.is_number:
            shape = NumberShape.of(column, given["padded"])
            if shape.is_complete(given["number"]):
                assert shape.can_continue(given["number"]), "a whole number is no beginning of one"


def _column(values: list[Any]) -> Any:
    import pandas as pd

    kept = [v for v in values if v is not None]
    numbers = bool(kept) and not any(isinstance(v, str) for v in kept)
    return pd.Series(values, dtype="float64" if numbers else object)


class Letters:
    """A tokenizer whose tokens are single characters."""

    eos_token_id = 0

    def __call__(self, text: str, add_special_tokens: bool = False) -> dict[str, list[int]]:
        """Code points as ids."""
        return {"input_ids": [ord(c) for c in text]}

    def decode(self, tokens: list[int]) -> str:
        """The text of the tokens."""
        return "".join(chr(t) for t in tokens)


PART = Part("sentences", inputs, play)
