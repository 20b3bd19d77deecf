"""A pretrained model's tokens for the cells of a dataset.

``[space unless first] X is v [comma unless last]`` is tokenised once for each cell. The concatenated pieces
are the tokens of the whole sentence, because these tokenizers never merge across a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from imbench.lm.text.columns import MISSING, Cell, Column
from imbench.lm.text.sentences import COMMA, LINK, quote, read_sentence, write_sentence, write_value

_NUMBER_PART = re.compile(r" ?[-.0-9]*", re.ASCII)
#: Tokens with longer runs of digits are left out of the grammar: canonical spellings do not need them.
_LONGEST_RUN = 4


@dataclass(frozen=True)
class TextVocabulary:
    """Cells in the tokens of ``tokenizer`` (a transformers tokenizer).

    ``characters`` spells numbers digit by digit (TapTap). ``kept`` are the tokenizer's ids that the
    network has, in the order of the network's ids; None: all ``full_size`` of them.
    """

    columns: tuple[Column, ...]
    tokenizer: Any
    full_size: int
    characters: bool = False
    kept: tuple[int, ...] | None = None
    padded: bool = False
    #: A piece differs at the first and the last place of a sentence.
    variants: int = 4
    _place: dict[int, int] = field(default_factory=dict, compare=False, repr=False)
    _numbers: dict[bool, dict[int, str]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._place.update({token: i for i, token in enumerate(self.kept or ())})

    @property
    def size(self) -> int:
        """Number of tokens of the network."""
        return self.full_size if self.kept is None else len(self.kept)

    @property
    def end(self) -> int:
        """The end-of-text token."""
        return self._own([self.tokenizer.eos_token_id])[0]

    def _own(self, tokens: Sequence[int]) -> tuple[int, ...]:
        return tuple(tokens) if self.kept is None else tuple(self._place[t] for t in tokens)

    def _tokens(self, text: str) -> tuple[int, ...]:
        return self._own(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def name_path(self, column: int, first: bool = False) -> tuple[int, ...]:
        """Tokens of ``" X is"``, without the space at the sentence's start."""
        return self._tokens(("" if first else " ") + quote(self.columns[column].name) + LINK.rstrip())

    def value_path(self, column: int, value: Cell, last: bool = False) -> tuple[int, ...]:
        """Tokens of ``" v,"``, without the comma at the sentence's end."""
        comma = () if last else self._tokens(COMMA.rstrip())
        if self.columns[column].is_number and value is not MISSING:
            usual = self.tokenizer(" " + value, add_special_tokens=False)["input_ids"]
            # A reduced vocabulary can lack a token of a generated number, but has every single character.
            if self.characters or (self.kept is not None and not self._place.keys() >= set(usual)):
                spelled = (t for c in value[1:] for t in self._tokens(c))
                return (*self._tokens(" " + value[0]), *spelled, *comma)
        return self._tokens(" " + write_value(value) + ("" if last else COMMA.rstrip()))

    def piece(self, column: int, value: Cell, variant: int = 0) -> tuple[int, ...]:
        """All tokens of a cell; variant = first + 2 * last."""
        return self.name_path(column, bool(variant & 1)) + self.value_path(column, value, bool(variant & 2))

    def number_tokens(self, first: bool) -> dict[int, str]:
        """Tokens that can continue a number, with the characters they add (a space before the first)."""
        if first not in self._numbers:
            self._numbers[first] = self._find_number_tokens(first)
        return self._numbers[first]

    def _find_number_tokens(self, first: bool) -> dict[int, str]:
        found = {}
        for own in range(self.size):
            token = own if self.kept is None else self.kept[own]
            text = self.tokenizer.decode([token])
            fits = bool(text) and _NUMBER_PART.fullmatch(text) and len(text) <= _LONGEST_RUN + 1
            if fits and text.startswith(" ") == first and not (self.characters and len(text.strip()) > 1):
                found[own] = text
        return found

    def stop_token(self, last: bool) -> int | None:
        """The comma after a number; None for the last cell, which the end token ends."""
        return None if last else self._tokens(COMMA.rstrip())[0]

    def read(self, prompt: Sequence[tuple[int, Cell]], tokens: Sequence[int]) -> list[tuple[int, Cell]]:
        """The cells in freely sampled ``tokens`` after a prompt; of several cells of a column the first."""
        opened = write_sentence([(self.columns[j].name, v) for j, v in prompt])
        full = list(tokens) if self.kept is None else [self.kept[t] for t in tokens]
        text = opened + COMMA.rstrip() + self.tokenizer.decode(full)
        places = {c.name: j for j, c in enumerate(self.columns)}
        cells: dict[int, Cell] = {}
        for name, value in read_sentence(text):
            if name in places:
                cells.setdefault(places[name], value)
        return list(cells.items())

    def needed(self, pieces: Iterable[Sequence[int]]) -> tuple[int, ...]:
        """The tokenizer's ids that these pieces, all categories and all numbers can need, sorted."""
        ids = {self.tokenizer.eos_token_id, *(t for piece in pieces for t in piece)}
        for j, column in enumerate(self.columns):
            for value in [*(column.categories or ()), MISSING]:
                for variant in range(self.variants):
                    ids.update(self.piece(j, value, variant))
        for text in "0123456789-.,":
            ids.update((*self._tokens(text), *self._tokens(" " + text)))
        return tuple(sorted(ids))
