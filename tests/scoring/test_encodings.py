"""Codes of whole columns equal those of a plain loop over the cells, whatever the cells hold."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from imbench.data.dataset import Schema
from imbench.data.raw_codes import MARK, to_codes
from imbench.scoring.encodings import CodeEncoder, own_codes

SCHEMA = Schema("y", ("a", "b"), (), ("c",))
WORDS = ["", "a", "b b", "code", "zebra"]
CELLS = st.lists(
    st.sampled_from([*WORDS, "not fitted", None, float("nan")])
    | st.floats(-3, 9).map(lambda code: f"{MARK}{code!r}")
)


def own_code(cell):
    """The number of a raw code, else None."""
    return float(cell[len(MARK) :]) if isinstance(cell, str) and cell.startswith(MARK) else None


@given(cells=CELLS, raw=st.booleans())
def test_raw_codes_and_positions(cells, raw):
    found = to_codes(pd.Series(cells, dtype=object), WORDS, raw)
    for cell, code in zip(cells, found, strict=True):
        number = own_code(cell)
        expected = WORDS.index(cell) if cell in WORDS else number if raw and number is not None else np.nan
        np.testing.assert_equal(code, float(expected))


def test_a_category_that_looks_like_a_raw_code_is_a_category():
    odd = f"{MARK}7.5"
    np.testing.assert_array_equal(to_codes(pd.Series([odd, "a", f"{MARK}0.25"]), ["a", odd]), [1, 0, 0.25])


@given(cells=CELLS)
def test_the_encoder_knows_the_fitted_categories_alone(cells):
    frame = pd.DataFrame({"c": pd.Series(cells, dtype=object)})
    encoder = CodeEncoder.fit(pd.DataFrame({"c": [*WORDS, None]}), SCHEMA)
    expected = [float(WORDS.index(cell)) if cell in WORDS else np.nan for cell in cells]
    np.testing.assert_array_equal(encoder.transform(frame)[:, 0], expected)


@given(cells=CELLS)
def test_own_codes_are_ranks_of_numbers_among_positions(cells):
    texts = [cell for cell in cells if isinstance(cell, str)]
    words = sorted({text for text in texts if own_code(text) is None})
    numbers = {text: words.index(text) if own_code(text) is None else own_code(text) for text in texts}
    order = sorted(set(numbers.values()))
    expected = [float(order.index(numbers[c])) if isinstance(c, str) else np.nan for c in cells]
    found = own_codes(pd.DataFrame({"c": pd.Series(cells, dtype=object)}), SCHEMA)[:, 0]
    np.testing.assert_array_equal(found, expected)
