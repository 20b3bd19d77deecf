"""A row while it is written under the grammar: which tokens may come next, and what each one decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from imbench.lm.text.columns import Cell
from imbench.lm.text.grammar import BETWEEN, Grammar, State

Prompt = Sequence[tuple[int, Cell]]


@dataclass
class PartialSequence:
    """A row being written: cells so far as (column, text), the state, and the columns left.

    ``queue`` are tokens that are decided and that the network has not read yet.
    """

    cells: list[tuple[int, Cell]]
    unused: np.ndarray
    state: int = BETWEEN
    tokens: list[int] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)


def start_sequence(prompt: Prompt, wanted: Sequence[int], columns: int) -> PartialSequence:
    """A prompt as a draft of a row of the ``wanted`` columns, out of so many ``columns``."""
    unused = np.zeros(columns, dtype=bool)
    unused[list(wanted)] = True
    for column, _ in prompt:
        unused[column] = False
    return PartialSequence(list(prompt), unused)


def allowed_tokens(
    grammar: Grammar, drafts: Sequence[PartialSequence], end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Allowed (row, token id) pairs as two arrays."""
    states = [grammar.states[d.state] for d in drafts]
    inside = [s.allowed for s in states]
    rows = np.repeat(np.arange(len(drafts)), [len(a) for a in inside])
    ids = np.concatenate(inside)
    leaving = np.flatnonzero([s.may_leave for s in states])
    if len(leaving):
        unused = np.stack([drafts[i].unused for i in leaving])
        at, columns = np.nonzero(unused)
        done = leaving[~unused.any(axis=1)]
        rows = np.concatenate([rows, leaving[at], done])
        ids = np.concatenate([ids, grammar.openings[columns], np.full(len(done), end)])
    return rows, ids


def only_token(grammar: Grammar, draft: PartialSequence, end: int) -> int | None:
    """The single token that may come next, or None when there is a choice."""
    state = grammar.states[draft.state]
    if not state.may_leave:
        return int(state.allowed[0]) if len(state.allowed) == 1 else None
    if len(state.allowed) or draft.unused.sum() != 1:
        return None
    return int(grammar.openings[np.flatnonzero(draft.unused)[0]])


def step(grammar: Grammar, draft: PartialSequence, token: int, end: int) -> bool:
    """Move a draft by one token; True when its row is complete."""
    following = grammar.follow(draft.state, token)
    if following is None:  # the cell (if we were in one) is over, something between cells came
        state = grammar.states[draft.state]
        if state.column >= 0 and not grammar.only_leaves(draft.state):
            _close_cell(draft, state)
        if token == end:
            return True
        following = grammar.open(token, draft.unused)
    draft.state = following
    if grammar.states[following].column >= 0:  # the column is decided: it cannot be opened again
        draft.unused[grammar.states[following].column] = False
    if grammar.only_leaves(following):
        _close_cell(draft, grammar.states[following])
        return not draft.unused.any()
    return False


def _close_cell(draft: PartialSequence, state: State) -> None:
    draft.cells.append((state.column, state.value))
