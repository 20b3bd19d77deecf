"""The tokens that can still lead to a valid row: an automaton whose states are created when first needed.

A state is a position inside a cell or between cells. The tokens allowed inside a cell do not depend on the
row, so states are shared by all rows. Between cells the openings of unused columns are allowed, and the end
token when there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from imbench.lm.text.columns import MISSING, Cell
from imbench.lm.text.numbers import NumberShape
from imbench.lm.text.vocabulary import Vocabulary

BETWEEN = 0


@dataclass
class State:
    """A position in a row. ``allowed`` are token ids, ``follow`` maps them to the next state.

    ``may_end``: the cell can end here, so the opening of another column may come next; ``value`` is the
    cell's text in that case. ``names`` are the candidate columns while a column's name is being spelled.
    """

    column: int = -1
    last: bool = False
    prefix: object = None
    names: tuple[int, ...] = ()
    allowed: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    follow: dict[int, int] = field(default_factory=dict)
    may_end: bool = False
    value: Cell = MISSING


class Grammar:
    """The valid rows of one dataset in one vocabulary.

    ``known`` lists the allowed categories of a column (default: all of the column's); ``margin`` widens
    the range of numbers by that share of its width.
    """

    def __init__(
        self, vocabulary: Vocabulary, known: dict[int, list[str]] | None = None, margin: float = 0.0
    ):
        self.vocabulary = vocabulary
        self.known = known or {}
        self.shapes = {
            j: NumberShape.of(c, vocabulary.padded, margin)
            for j, c in enumerate(vocabulary.columns)
            if c.is_number
        }
        self.states: list[State] = [State(may_end=True)]
        self._seen: dict[tuple, int] = {}
        #: The first token of each column's name (inside a sentence).
        self.openings = np.array([vocabulary.name_path(j)[0] for j in range(len(vocabulary.columns))])

    def _state(self, key: tuple, state: State) -> int:
        if key not in self._seen:
            self._seen[key] = len(self.states)
            self.states.append(state)
        return self._seen[key]

    def open(self, token: int, unused: np.ndarray) -> int:
        """The state after ``token`` between cells; ``unused`` (columns) marks the columns left."""
        columns = tuple(int(j) for j in np.flatnonzero(unused & (self.openings == token)))
        return self._name(columns, 1, bool(unused.sum() == 1))

    def _name(self, columns: tuple[int, ...], depth: int, last: bool) -> int:
        paths = [self.vocabulary.name_path(j) for j in columns]
        if len(columns) == 1 and len(paths[0]) == depth:
            return self._value(columns[0], last)
        key = ("name", columns, depth, last)
        if key in self._seen:
            return self._seen[key]
        state = State(names=columns, last=last)
        number = self._state(key, state)
        for token in sorted({p[depth] for p in paths if len(p) > depth}):
            narrowed = tuple(
                j for j, p in zip(columns, paths, strict=True) if len(p) > depth and p[depth] == token
            )
            state.follow[token] = self._name(narrowed, depth + 1, last)
        state.allowed = np.array(sorted(state.follow), dtype=np.int64)
        return number

    def _value(self, column: int, last: bool) -> int:
        if self.vocabulary.columns[column].is_number:
            return self._number(column, last, "")
        return self._category(column, last)

    def _category(self, column: int, last: bool) -> int:
        """The root of a trie over the column's allowed categories."""
        key = ("category", column, last, ())
        if key in self._seen:
            return self._seen[key]
        described = self.vocabulary.columns[column]
        values: list[Cell] = list(self.known.get(column, described.categories or ()))
        if described.has_missing or not values:
            values.append(MISSING)
        root = self._state(key, State(column=column, last=last))
        for value in values:
            self._spell(root, self.vocabulary.value_path(column, value, last), column, last, value)
        self._close(root)
        return root

    def _spell(self, root: int, path: tuple[int, ...], column: int, last: bool, value: Cell) -> None:
        number = root
        for depth, token in enumerate(path):
            state = self.states[number]
            if token not in state.follow:
                key = ("category", column, last, path[: depth + 1])
                state.follow[token] = self._state(key, State(column=column, last=last))
            number = state.follow[token]
        self.states[number].may_end, self.states[number].value = True, value

    def _close(self, root: int) -> None:
        pending = [root]
        while pending:
            state = self.states[pending.pop()]
            state.allowed = np.array(sorted(state.follow), dtype=np.int64)
            pending += state.follow.values()

    def _number(self, column: int, last: bool, prefix: str) -> int:
        key = ("number", column, last, prefix)
        if key in self._seen:
            return self._seen[key]
        shape, stop = self.shapes[column], self.vocabulary.stop_token(last)
        state = State(column=column, last=last, prefix=prefix)
        number = self._state(key, state)
        allowed = [
            token
            for token, text in self.vocabulary.number_tokens(first=not prefix).items()
            if shape.can_continue((prefix + text).lstrip())
        ]
        written = prefix.lstrip()
        if written and shape.is_complete(written):
            state.value = written
            if stop is None:
                state.may_end = True
            else:
                allowed.append(stop)
                state.follow[stop] = self._state(
                    ("done", column, written), State(column=column, may_end=True, value=written)
                )
        if not prefix and self.vocabulary.columns[column].has_missing:
            path = self.vocabulary.value_path(column, MISSING, last)
            self._spell(number, path, column, last, MISSING)
            self._close(state.follow[path[0]])
            allowed.append(path[0])
        state.allowed = np.array(sorted(set(allowed)), dtype=np.int64)
        return number

    def follow(self, number: int, token: int) -> int | None:
        """The state after ``token`` inside a cell; None when the token ends the cell."""
        state = self.states[number]
        found = state.follow.get(token)
        if found is not None:
            return found
        if isinstance(state.prefix, str):
            text = self.vocabulary.number_tokens(first=not state.prefix).get(token)
            if text is not None and self.shapes[state.column].can_continue((state.prefix + text).lstrip()):
                state.follow[token] = self._number(state.column, state.last, state.prefix + text)
                return state.follow[token]
        return None

    def must_end(self, number: int) -> bool:
        """Whether the cell ends here in any case."""
        state = self.states[number]
        return state.may_end and not len(state.allowed)
