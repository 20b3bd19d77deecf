"""Every value can be read back from its sentence and from its tokens."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbench.errors import MethodError
from imbench.lm.text.columns import describe_columns, read_cells, write_cells, write_number
from imbench.lm.text.sentences import quote, read_sentence, write_sentence
from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache

NASTY = ["", " ", "nan", "a, b", "a is b", ' is ', 'say "x"', "back\\slash", "line\nbreak",
         "ü, 漢字", ",", '"', "is", "x is",
         " lead", "trail ", "X is v, Y is w", "\u2028", "\x00", "😀"]  # fmt: skip
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(text, st.one_of(st.none(), text)), min_size=1, max_size=6))
def test_sentences_round_trip(cells):
    assert read_sentence(write_sentence(cells)) == cells


def test_plain_texts_are_written_bare_as_published():
    assert (
        write_sentence([("age", "23"), ("job", "A172 x"), ("Y", "1")]) == "age is 23, job is A172 x, Y is 1"
    )
    assert quote("<1H OCEAN") == "<1H OCEAN"


def test_an_incomplete_sentence_is_read_as_far_as_possible():
    assert read_sentence("age is 3, rubbish, job is x,") == [("age", "3"), ("job", "x")]
    assert read_sentence('age is 3, job is "brok') == [("age", "3")]
    assert read_sentence("") == []


@settings(max_examples=60, deadline=None)
@given(st.data(), st.booleans())
def test_rows_round_trip_through_tokens(data, padded):
    rows = data.draw(st.integers(1, 6))
    names = data.draw(st.lists(text, min_size=2, max_size=4, unique=True))
    frame = pd.DataFrame(index=range(rows))
    frame[names[0]] = data.draw(st.lists(st.integers(-999, 9999), min_size=rows, max_size=rows))
    frame[names[0]] = frame[names[0]].astype("float64")
    for name in names[1:]:
        values = data.draw(st.lists(st.one_of(st.none(), text), min_size=rows, max_size=rows))
        frame[name] = pd.Series([np.nan if v is None else v for v in values], dtype=object)
    columns = describe_columns(frame)
    vocabulary = DatasetVocabulary(columns, padded)
    token_cache = TokenCache(vocabulary)
    cells = token_cache.encode(frame)
    order = np.random.default_rng(0).random(cells.shape).argsort(axis=1)
    ids, lengths = token_cache.sentences(cells, order)
    for i in range(rows):
        assert ids[i, lengths[i] - 1] == vocabulary.end
        found = dict(vocabulary.read([], ids[i, : lengths[i] - 1].tolist()))
        for j, column in enumerate(columns):
            back, real = read_cells([found[j]], column).iloc[0], frame.iloc[i, j]
            assert (pd.isna(back) and pd.isna(real)) or back == real


@settings(max_examples=200, deadline=None)
@given(st.lists(st.decimals(-(10**5), 10**5, places=3).map(float), min_size=1, max_size=8), st.booleans())
def test_numbers_keep_their_value(values, padded):
    (column,) = describe_columns(pd.DataFrame({"x": values}))
    texts = write_cells(values, column, padded)
    assert (abs(read_cells(texts, column) - values) <= 0.5 * 10**-column.decimals + 1e-9).all()
    assert column.decimals <= 3
    if padded:
        assert len({len(t) for t in texts}) == 1


def test_numbers_are_written_with_the_columns_decimals():
    (whole,) = describe_columns(pd.DataFrame({"x": [3.0, 18424.0]}))
    (places,) = describe_columns(pd.DataFrame({"x": [-1.25, 3.5]}))
    assert write_number(23.47, whole) == "23"
    assert write_number(23.47, whole, padded=True) == "00023"
    assert write_number(3.5, places) == "3.5"
    assert write_number(-0.001, places) == "0"
    assert write_number(-0.5, places, padded=True) == "-0.50"


def test_a_number_with_too_many_digits_is_refused():
    with pytest.raises(MethodError, match="Rescale"):
        describe_columns(pd.DataFrame({"x": [1e300, 1.0]}))
    with pytest.raises(MethodError, match="infinite"):
        describe_columns(pd.DataFrame({"x": [np.inf, 1.0]}))


@pytest.mark.parametrize("kind", [object, "string"])
def test_texts_that_differ_behind_a_nul_character_are_different(kind):
    """pandas' own factorize and unique take them for the same text."""
    values = ["a\0b", "a", "", "\0", None, "a\0c"]
    frame = pd.DataFrame({"x": pd.Series(values, dtype=kind)})
    (column,) = describe_columns(frame)
    assert column.categories == ("", "\0", "a", "a\0b", "a\0c") and column.has_missing
    cells = TokenCache(DatasetVocabulary((column,))).encode(frame)
    assert sorted(cells[:, 0]) == [1, 2, 3, 4, 5, 6]
