"""The number grammar is exact: compared with every number there is, in small ranges."""

import itertools

import pytest

from imbench.lm.text.columns import Column, write_number
from imbench.lm.text.numbers import NumberShape

RANGES = [(0, 0), (0, 7), (3, 12), (-5, 5), (-120, -7), (-3, 0), (8, 110), (99, 101)]


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize("bounds", RANGES)
def test_a_prefix_is_allowed_just_when_an_allowed_number_begins_with_it(bounds, decimals, padded):
    unit = 10**decimals
    column = Column("x", None, decimals, bounds[0] / unit, bounds[1] / unit)
    shape = NumberShape.of(column, padded)
    allowed = {write_number(v / unit, column, padded) for v in range(bounds[0], bounds[1] + 1)}
    prefixes = {text[:k] for text in allowed for k in range(len(text) + 1)}
    for length in range(1, 5):
        for letters in itertools.product("019-.+", repeat=length):
            text = "".join(letters)
            assert shape.can_continue(text) == (text in prefixes), text
            assert shape.is_complete(text) == (text in allowed), text
    for text in allowed:
        assert shape.is_complete(text)
        assert all(shape.can_continue(text[:k]) for k in range(1, len(text)))


def test_a_margin_widens_the_range():
    column = Column("x", None, 0, 10.0, 20.0)
    assert not NumberShape.of(column, False).is_complete("21")
    assert NumberShape.of(column, False, margin=0.1).is_complete("21")
    assert not NumberShape.of(column, False, margin=0.1).is_complete("22")
