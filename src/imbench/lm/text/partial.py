"""Partial sequences: rows that are being sampled under the grammar, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from imbench.lm.text.columns import Cell
from imbench.lm.text.grammar import BETWEEN, Grammar, State

Prompt = Sequence[tuple[int, Cell]]


@dataclass
class PartialSequence:
    """A row being sampled: finished cells as (column, text), the grammar's state, and the columns left.

    ``queue`` holds the tokens that are decided but not yet fed to the network.
    """

    cells: list[tuple[int, Cell]]
    unused: np.ndarray
    state: int = BETWEEN
    tokens: list[int] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)


def start_sequence(prompt: Prompt, wanted: Sequence[int], columns: int) -> PartialSequence:
    """The partial sequence of a prompt; ``wanted`` are the row's columns out of ``columns`` in all."""
    unused = np.zeros(columns, dtype=bool)
    unused[list(wanted)] = True
    for column, _ in prompt:
        unused[column] = False
    return PartialSequence(list(prompt), unused)


def allowed_tokens(
    grammar: Grammar, sequences: Sequence[PartialSequence], end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Allowed (row, token id) pairs as two arrays."""
    states = [grammar.states[d.state] for d in sequences]
    inside = [s.allowed for s in states]
    rows = np.repeat(np.arange(len(sequences)), [len(a) for a in inside])
    ids = np.concatenate(inside)
    leaving = np.flatnonzero([s.may_end for s in states])
    if len(leaving):
        unused = np.stack([sequences[i].unused for i in leaving])
        at, columns = np.nonzero(unused)
        done = leaving[~unused.any(axis=1)]
        rows = np.concatenate([rows, leaving[at], done])
        ids = np.concatenate([ids, grammar.openings[columns], np.full(len(done), end)])
    return rows, ids


def only_token(grammar: Grammar, sequence: PartialSequence, end: int) -> int | None:
    """The only token that may come next, or None when there are several."""
    state = grammar.states[sequence.state]
    if not state.may_end:
        return int(state.allowed[0]) if len(state.allowed) == 1 else None
    if len(state.allowed) or sequence.unused.sum() != 1:
        return None
    return int(grammar.openings[np.flatnonzero(sequence.unused)[0]])


def step(grammar: Grammar, sequence: PartialSequence, token: int, end: int) -> bool:
    """Append one token to a sequence; True when its row is complete."""
    following = grammar.follow(sequence.state, token)
    if following is None:  # the token ends the cell, if there is one, and opens another
        state = grammar.states[sequence.state]
        if state.column >= 0 and not grammar.must_end(sequence.state):
            _close_cell(sequence, state)
        if token == end:
            return True
        following = grammar.open(token, sequence.unused)
    sequence.state = following
    if grammar.states[following].column >= 0:  # a column cannot be opened twice
        sequence.unused[grammar.states[following].column] = False
    if grammar.must_end(following):
        _close_cell(sequence, grammar.states[following])
        return not sequence.unused.any()
    return False


def _close_cell(sequence: PartialSequence, state: State) -> None:
    sequence.cells.append((state.column, state.value))
