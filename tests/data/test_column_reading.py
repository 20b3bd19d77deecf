"""Columns of people's files: numbers with signs, dates, stray words, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from imbench.data.cell_formats import parse_dates, parse_numbers
from imbench.data.column_reading import CATEGORICAL, CONTINUOUS, read_column, summary_lines
from imbench.errors import DataError


def texts(*values, times=1, name="x"):
    return pd.Series([*values] * times, name=name, dtype=object)


@pytest.mark.parametrize(
    ("written", "numbers"),
    (
        (("1", "-2.5", "+3", ".5", "1e3"), (1, -2.5, 3, 0.5, 1000)),
        (("$1,234.50", "$12.00", "-$3"), (1234.5, 12, -3)),
        (("1.234,50 €", "12,00 €", "-3,5 €"), (1234.5, 12, -3.5)),
        (("12,5", "3,25", "7"), (12.5, 3.25, 7)),
        (("12 %", "7.5%"), (0.12, 0.075)),
        (("1 234 567", "12"), (1234567, 12)),
        (("1'234.5", "2"), (1234.5, 2)),
        (("(1,200)", "300"), (-1200, 300)),
        (("1,234,567", "1,000"), (1234567, 1000)),
        (("CHF 12.50", "EUR 3"), (12.5, 3)),
        (("1.234", "0.5"), (1.234, 0.5)),
    ),
)
def test_numbers_as_people_write_them(written, numbers):
    np.testing.assert_allclose(parse_numbers(texts(*written)).values, numbers)


@pytest.mark.parametrize(
    "text", ("", "-", "a", "1-2", "1.2.3", "12,34,5", "--1", "nan", "0x1F", "1_000", "٣")
)
def test_what_is_no_number(text):
    assert np.isnan(parse_numbers(texts(text)).values).all()


def test_marks_of_ones_own():
    assert parse_numbers(texts("1,234"), decimal=",").values[0] == 1.234
    assert parse_numbers(texts("1,234"), decimal=".", thousands=",").values[0] == 1234
    assert parse_numbers(texts("1_234.5"), thousands="_").values[0] == 1234.5
    assert np.isnan(parse_numbers(texts("1,234"), decimal=".", thousands="").values[0])


@pytest.mark.parametrize(
    ("written", "order"),
    (
        (("2024-01-02", "1999-12-31"), "year first"),
        (("02.01.2024", "31.12.1999"), "day first"),
        (("01/02/2024", "12/31/1999"), "month first"),
        (("2024-01-02 00:00:00", "1999-12-31 12:00:00"), "year first"),
        (("20240102", "19991231"), "year first"),
        (("Jan 02, 2024", "Dec 31, 1999"), "month first"),
    ),
)
def test_dates_are_days(written, order):
    found = parse_dates(texts(*written))
    assert order in found.how
    np.testing.assert_allclose(np.floor(found.values), (19724, 10956))


def test_an_order_that_cannot_be_told_is_a_guess_and_is_said():
    column = read_column(texts("01/02/2024", "03/04/2024", "05/06/2024"))
    assert column.kind == CONTINUOUS and "day or month" in column.warnings["order of dates"]
    assert parse_dates(texts("01/02/2024"), "month first").values[0] == 19724


def test_numbers_alone_are_no_dates():
    assert read_column(texts("20240102", "7", "123")).decided == "numbers"


def test_a_stray_word_among_numbers_becomes_missing_and_is_named():
    column = read_column(texts(*map(str, range(47)), "-"))
    assert column.kind == CONTINUOUS and column.missing == 1
    (warning,) = column.warnings.values()
    assert "'-' (1)" in warning and "dataset.categorical" in warning


def test_many_words_among_numbers_make_categories_and_a_warning():
    column = read_column(texts("1", "2", "3", "many"))
    assert column.kind == CATEGORICAL and "4 categories" in column.warnings["numbers and words"]


def test_words_need_no_warning():
    column = read_column(texts("red", "blue", np.nan, times=5))
    assert (column.kind, column.distinct, column.missing, column.warnings) == (CATEGORICAL, 2, 5, {})


def test_flags_stay_categories():
    assert read_column(texts("0", "1", times=9)).kind == CATEGORICAL
    assert read_column(texts("0", "1", times=9), kind=CONTINUOUS).kind == CONTINUOUS


def test_what_the_user_says_counts():
    column = read_column(texts(*"12" * 20, "x"), kind=CONTINUOUS)
    assert column.kind == CONTINUOUS and "'x' (1)" in column.warnings["stray cells among numbers"]
    assert read_column(texts("1", "2", "3"), kind=CATEGORICAL).kind == CATEGORICAL


def test_an_empty_column():
    column = read_column(texts(np.nan, np.nan))
    assert (column.kind, column.decided, column.missing) == (CATEGORICAL, "no values", 2)


def test_one_line_a_column():
    lines = summary_lines(
        c.as_dict()
        for c in [read_column(texts("1", "2", "3", name="age")), read_column(texts("a", "b", name="kind"))]
    )
    assert (
        len(lines) == 3 and lines[0].startswith("column") and "continuous" in lines[1] and "text" in lines[2]
    )


@pytest.mark.parametrize("text", ("1e999", "inf", "-Infinity"))
def test_an_infinite_number_is_a_number_and_refused_later(text):
    assert np.isinf(parse_numbers(texts(text)).values).all()


def test_a_column_named_continuous_that_is_text_is_refused():
    with pytest.raises(DataError, match=r"'x', row 1: 'many' is not a number"):
        read_column(texts("1", "many", "3"), kind=CONTINUOUS)


@pytest.mark.parametrize("decimal", ("auto", ".", ","))
@pytest.mark.parametrize("thousands", ("auto", "", ",", ".", "_"))
def test_each_text_is_read_alike_alone_and_among_others(decimal, thousands):
    """Shortcuts for plain numbers and for words must not change what is read."""
    rng = np.random.default_rng(0)
    pieces = [
        "1",
        "12",
        "345",
        ".",
        ",",
        "-",
        "+",
        " ",
        "$",
        "%",
        "(",
        ")",
        "e",
        "USD ",
        "inf",
        "x",
        "'",
        "_",
    ]
    for _ in range(300):
        text = "".join(rng.choice(pieces, rng.integers(1, 6))).strip() or "x"
        alone = parse_numbers(texts(text), decimal, thousands).values[0]
        among = parse_numbers(texts(text, "word", text), decimal, thousands).values
        np.testing.assert_array_equal(among, [alone, np.nan, alone])


def test_words_with_digits_are_no_dates_and_dates_among_words_are_counted():
    assert np.isnan(parse_dates(texts("w2024", "x2023")).values).all()
    found = parse_dates(texts(*["2024-01-02"] * 39, "unknown"))
    assert np.isnan(found.values).sum() == 1
