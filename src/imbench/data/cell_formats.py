"""Numbers and dates as people write them in files: currencies, percent signs, thousands, day and month.

Works on the different texts of a column, so that the cost depends on their number and not on the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

#: A column is read as numbers or dates when at least this share of its cells (missing ones aside) are.
SHARE = 0.95
#: Signs and codes that may stand before or behind an amount.
_CURRENCY = re.compile(
    r"^(?:[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|INR|CAD|AUD)\s)\s*|\s*(?:[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|INR|CAD|AUD))$"
)
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'’](?=\d{3}(?:\D|$))")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_THOUSANDS_POINTS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
_INFINITE = re.compile(r"[-+]?inf(?:inity)?", re.IGNORECASE)
_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
#: How every number begins, signs and currencies included; a text without that beginning is none.
_BEGINNING = re.compile(
    r"[-+(\s]*(?:[$€£¥₹]|USD|EUR|GBP|CHF|JPY|INR|CAD|AUD)?[-+(\s]*(?:[0-9.,]|inf)", re.IGNORECASE
)


@dataclass(frozen=True)
class Parsed:
    """The values of some texts: float64 with NaN where a text is none (an infinite number is one), and how
    they were written.
    """

    values: np.ndarray
    how: str


def parse_numbers(texts: pd.Series, decimal: str = "auto", thousands: str = "auto") -> Parsed:
    """The numbers that ``texts`` (stripped, none missing) stand for; percent signs divide by 100.

    ``decimal`` is ``"."``, ``","`` or ``"auto"``; ``thousands`` a mark, ``""`` for none, or ``"auto"``. With
    ``auto`` the reading that most texts fit is taken, and a point is the decimal mark in doubt.
    """
    usual = decimal in ("auto", ".") and thousands in ("auto", "", ",")
    if usual and all(map(_PLAIN.fullmatch, texts)):  # what follows would take them as they are
        return Parsed(texts.astype("float64").to_numpy(), "numbers")
    if thousands in ("auto", "", ",", "."):
        possible = np.fromiter((_BEGINNING.match(t) is not None for t in texts), dtype=bool, count=len(texts))
        if not possible.all():
            values, how = np.full(len(texts), np.nan), "no numbers"
            if possible.any():
                found = parse_numbers(texts[possible], decimal, thousands)
                values[possible], how = found.values, found.how
            return Parsed(values, how)
    bare, marks = _without_signs(texts)
    candidates = []
    for point, comma in ((".", ","), (",", ".")):
        if decimal in ("auto", point) and thousands in ("auto", "", comma):
            candidates.append(_numbers_with(bare, point, "" if thousands == "" else comma))
    if thousands not in ("auto", "", ",", "."):
        point = "." if decimal == "auto" else decimal
        candidates = [_numbers_with(bare.str.replace(thousands, "", regex=False), point, "")]
    if not candidates:
        return Parsed(np.full(len(texts), np.nan), "no numbers")
    best = max(candidates, key=lambda c: (~np.isnan(c.values)).sum())  # the first of equal ones
    values = np.where(marks["percent"], best.values / 100, best.values)
    how = [best.how, *(name for name in ("currency", "percent") if marks[name].any())]
    return Parsed(values, ", ".join(how))


def _without_signs(texts: pd.Series) -> tuple[pd.Series, dict[str, np.ndarray]]:
    """The texts without currency and percent signs and spaces between digits, and where there were any."""
    negative = texts.str.fullmatch(r"\(.*\d.*\)")  # an accountant's minus
    bare = texts.where(~negative, "-" + texts.str.strip("()"))
    sign = bare.str.extract(r"^([-+])", expand=False).fillna("")
    bare = bare.str.replace(r"^[-+]\s*", "", regex=True)
    currency = bare.str.contains(_CURRENCY)
    bare = bare.str.replace(_CURRENCY, "", regex=True)
    percent = bare.str.endswith("%")
    bare = bare.str.removesuffix("%").str.strip().str.replace(_SPACES, "", regex=True)
    doubled = (sign != "") & bare.str.match(r"[-+]")
    bare = (sign + bare).where(~doubled, "")
    return bare, {"currency": currency.to_numpy(), "percent": percent.to_numpy()}


def _numbers_with(texts: pd.Series, point: str, group: str) -> Parsed:
    """The numbers with ``point`` before the decimals and ``group`` between thousands."""
    grouped = np.zeros(len(texts), dtype=bool)
    if group:
        grouped = texts.str.fullmatch(_THOUSANDS if group == "," else _THOUSANDS_POINTS).to_numpy(dtype=bool)
        if group == ".":  # 1.234 alone is a number with three decimals
            grouped &= (texts.str.count(r"\.") > 1).to_numpy() | texts.str.contains(",").to_numpy(dtype=bool)
        texts = texts.where(~grouped, texts.str.replace(group, "", regex=False))
    if point == ",":
        had_point = texts.str.contains(".", regex=False)
        texts = texts.str.replace(",", ".", regex=False).where(~had_point, "")
    plain = (texts.str.fullmatch(_PLAIN) | texts.str.fullmatch(_INFINITE)).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    values[plain] = texts[plain].astype("float64")
    how = "decimal comma" if point == "," else "numbers"
    return Parsed(values, f"{how}, thousands '{group}'" if grouped.any() else how)


#: Formats of dates, the order in doubt: with ``auto`` the first that enough texts fit is taken.
_DATES = {
    "year first": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    "day first": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    "month first": ("%m/%d/%Y", "%m-%d-%Y", "%b %d, %Y", "%B %d, %Y"),
}
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S.%f")
DATE_ORDERS = ("auto", *_DATES, "none")
#: Every format has it.
_YEAR = re.compile(r"\d{4}")


def parse_dates(texts: pd.Series, order: str = "auto") -> Parsed:
    """Days since 1970-01-01 of texts that are dates (with or without a time), NaN for the others.

    ``order`` is one of :data:`DATE_ORDERS`. With ``auto`` the format that most texts fit is taken; where day
    first and month first fit equally, the answer says that the order is a guess.
    """
    if order == "none":
        return Parsed(np.full(len(texts), np.nan), "no dates")
    sample = texts.iloc[:: max(1, len(texts) // 200)]
    if _share(_YEAR.search, sample) < SHARE:
        return Parsed(np.full(len(texts), np.nan), "no dates")
    best: tuple[float, str, str] = (0.0, "", "")
    fits: dict[str, float] = {}
    for name, formats in _DATES.items():
        if order not in ("auto", name):
            continue
        for day in formats:
            if day == "%Y%m%d" and not sample.str.fullmatch(r"(?:19|20)\d{6}").all():
                continue
            for time in _TIMES:
                if _share(_form(day + time).fullmatch, sample) < SHARE:
                    continue
                share = float(_days(sample, day + time).notna().mean())
                fits[name] = max(fits.get(name, 0.0), share)
                if share > best[0]:
                    best = (share, day + time, name)
    if best[0] < SHARE:
        return Parsed(np.full(len(texts), np.nan), "no dates")
    values = _days(texts, best[1])
    doubt = order == "auto" and fits.get("day first") == fits.get("month first") == best[0]
    return Parsed(
        values.to_numpy(), f"dates, {best[2]}" + (" (a guess: month first fits as well)" if doubt else "")
    )


def _share(matches: Callable[[str], object], texts: pd.Series) -> float:
    """The share of texts that match; 0 without texts."""
    return sum(matches(t) is not None for t in texts) / len(texts) if len(texts) else 0.0


@cache
def _form(date_format: str) -> re.Pattern[str]:
    """What every date of a format looks like: cheaper to reject than a date is to parse."""
    parts = {"%Y": r"\d{4}", "%b": r"\D+", "%B": r"\D+", "%f": r"\d+"}
    pieces = re.split(r"(%[A-Za-z])", date_format)
    return re.compile("".join(parts.get(p, r"\d\d?") if p[:1] == "%" else re.escape(p) for p in pieces))


def _days(texts: pd.Series, form: str) -> pd.Series:
    stamps = pd.to_datetime(texts, format=form, errors="coerce").astype("datetime64[ns]")
    days = stamps.to_numpy().view("int64") / (86_400 * 1e9)
    return pd.Series(np.where(stamps.isna(), np.nan, days), texts.index)
