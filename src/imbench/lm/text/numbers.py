"""The prefixes that can still become a number of a column.

Numbers are compared as integers, in units of the column's last decimal place, so comparisons are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from imbench.lm.text.columns import Column


@dataclass(frozen=True)
class NumberShape:
    """Allowed numbers of a column: from ``low`` to ``high``, in units of the last of ``decimals`` places.

    ``padded`` numbers have ``width`` digits before the point and ``decimals`` after it, and a sign if
    ``signed``.
    """

    low: int
    high: int
    decimals: int
    padded: bool = False
    width: int = 1
    signed: bool = False

    @classmethod
    def of(cls, column: Column, padded: bool, margin: float = 0.0) -> NumberShape:
        """The shape of a column's numbers; ``margin`` widens the range."""
        low, high = column.bounds(margin)
        if padded:  # the number of digits and the sign are the column's own
            most = 10 ** (column.integer_digits + column.decimals) - 1
            low, high = max(low, -most if column.signed else 0), min(high, most)
        return cls(low, high, column.decimals, padded, column.integer_digits, column.signed)

    def magnitudes(self, negative: bool) -> tuple[int, int]:
        """Smallest and largest absolute value among the allowed numbers of one sign."""
        return (max(1, -self.high), -self.low) if negative else (max(0, self.low), self.high)

    def can_continue(self, text: str) -> bool:
        """Whether ``text`` is the beginning of (or already is) an allowed number."""
        if self.padded:
            return self._padded(text)
        negative = text.startswith("-")
        low, high = self.magnitudes(negative)
        digits = text[1:] if negative else text
        if low > high or not digits:  # no number of this sign, or only the sign so far
            return low <= high
        whole, point, places = digits.partition(".")
        if not _are_digits(whole) or (len(whole) > 1 and whole[0] == "0"):
            return False
        unit = 10**self.decimals
        if not point:  # with k more digits: whole * 10^k … (whole + 1) * 10^k - 1, and any places
            return _reaches(int(whole), unit, low, high)
        if (places and not _are_digits(places)) or len(places) > self.decimals or self.decimals == 0:
            return False
        rest = 10 ** (self.decimals - len(places))
        start = (int(whole) * 10 ** len(places) + int(places or 0)) * rest
        # Trailing zeros are not written: a digit other than 0 has to follow "." and "0".
        first = start if places and places[-1] != "0" else start + 1
        return first <= start + rest - 1 and first <= high and start + rest - 1 >= low

    def is_complete(self, text: str) -> bool:
        """Whether ``text`` is an allowed number as it stands."""
        if self.padded:
            whole = (1 if self.signed else 0) + self.width + (self.decimals + 1 if self.decimals else 0)
            return len(text) == whole and self._padded(text)
        if (
            not text
            or not text[-1].isdigit()
            or ("." in text and text[-1] == "0")
            or not self.can_continue(text)
        ):
            return False
        whole, _, places = text.lstrip("-").partition(".")
        value = int(whole) * 10**self.decimals + (
            int(places) * 10 ** (self.decimals - len(places)) if places else 0
        )
        low, high = self.magnitudes(text.startswith("-"))
        return low <= value <= high

    def _padded(self, text: str) -> bool:
        negative, digits = False, text
        if self.signed:
            if not text:
                return True
            if text[0] not in "+-":
                return False
            negative, digits = text[0] == "-", text[1:]
        whole, point, places = (
            digits[: self.width],
            digits[self.width : self.width + 1],
            digits[self.width + 1 :],
        )
        if point not in ("", ".") or (point and self.decimals == 0) or len(places) > self.decimals:
            return False
        written = whole + places
        if written and not _are_digits(written):
            return False
        rest = 10 ** (self.width + self.decimals - len(written))
        start = int(written or 0) * rest
        low, high = self.magnitudes(negative)
        return low <= high and start <= high and start + rest - 1 >= low


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _reaches(whole: int, unit: int, low: int, high: int) -> bool:
    step = 1
    while whole * step * unit <= high:
        if (whole + 1) * step * unit - 1 >= low:
            return True
        if whole == 0:  # no digit follows a leading zero
            return False
        step *= 10
    return False
