"""Sampling rows: batched, with a key-value cache, under the grammar or freely.

Rows that are finished leave the batch. Tokens that the grammar forces are fed together with the
sampled one in a single chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from imbench.lm.columns import Cell
from imbench.lm.grammar import BETWEEN, Grammar, State
from imbench.lm.hardware import progress
from imbench.lm.model import Cache, Network
from imbench.lm.tokens import CellBook

Prompt = Sequence[tuple[int, Cell]]

#: At most so many tokens of a row wait to be fed.
CHUNK = 12
#: What one more pass through the network costs, in tokens of one row.
FEED_COST = 64
#: The cache begins with so many slots behind the prompts and grows when they are full.
SLOTS = 32
#: Share of finished rows at which a batch leaves them behind.
PASSENGERS = 0.25


@dataclass(frozen=True)
class Sampling:
    """Words of sampling: see ``conf/llm`` and METHODS (published: 0.7 and 50, without grammar)."""

    grammar: bool = True
    temperature: float = 0.7
    top_k: int = 50
    batch: int = 512
    margin: float = 0.0


@dataclass
class Tally:
    """What sampling cost and how uncertain the model was.

    ``entropy`` sums the entropy (nats) of each distribution that a token was drawn from,
    ``surprise`` the drawn tokens' negative log-probabilities under it.
    """

    rows: int = 0
    tokens: int = 0
    forced: int = 0
    entropy: float = 0.0
    surprise: float = 0.0

    def add(self, other: Tally) -> None:
        """Add another tally's numbers."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Draft:
    """A row being written: cells so far as (column, text), the state, and the columns left.

    ``queue`` are tokens that are decided and that the network has not read yet.
    """

    cells: list[tuple[int, Cell]]
    unused: np.ndarray
    state: int = BETWEEN
    tokens: list[int] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)


def sample_rows(
    model: Network,
    book: CellBook,
    grammar: Grammar,
    prompts: Sequence[Prompt],
    wanted: Sequence[int],
    sampling: Sampling,
    seed: int,
) -> tuple[list[dict[int, Cell]], Tally]:
    """Complete each prompt to a row; returns one dict column → text a prompt, and the tally.

    ``wanted`` are the columns a row consists of; those not in the prompt are generated. With the
    grammar every row comes back complete and valid; without it a row holds whatever could be read,
    possibly unknown categories or no cell at all.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    tally = Tally()
    order = np.argsort([len(p) for p in prompts], kind="stable")
    found: dict[int, dict[int, Cell]] = {}
    with torch.inference_mode(), progress(len(prompts), "sampling", "row") as bar:
        for start in range(0, len(prompts), sampling.batch):
            part = order[start : start + sampling.batch]
            drafts = [_start(prompts[i], wanted, len(book.vocabulary.columns)) for i in part]
            write = _write_valid if sampling.grammar else _write_freely
            tally.add(write(model, book, grammar, drafts, sampling, generator))
            found.update({int(i): dict(d.cells) for i, d in zip(part, drafts, strict=True)})
            bar.update(len(part))
    return [found[i] for i in range(len(prompts))], tally


def _start(prompt: Prompt, wanted: Sequence[int], columns: int) -> Draft:
    unused = np.zeros(columns, dtype=bool)
    unused[list(wanted)] = True
    for column, _ in prompt:
        unused[column] = False
    return Draft(list(prompt), unused)


def _feed_prompts(model: Network, book: CellBook, drafts: list[Draft]) -> tuple[Tensor, Cache]:
    """Feed the prompts; logits (B, V) of the next token, and the cache."""
    most = max(len(d.cells) for d in drafts)
    cells = np.zeros((len(drafts), max(1, len(book.vocabulary.columns))), dtype=np.int32)
    order = np.zeros((len(drafts), max(1, most)), dtype=np.int64)
    for i, draft in enumerate(drafts):
        taken = [column for column, _ in draft.cells]
        for column, text in draft.cells:
            cells[i, column] = book.cell(column, text)
        empty = next((j for j in range(cells.shape[1]) if j not in set(taken)), 0)
        order[i, : len(taken)], order[i, len(taken) :] = taken, empty
    ids, lengths = book.sentences(cells, order, open_end=True)
    lengths = lengths - 1  # no end token is written
    ids = torch.from_numpy(ids[:, : lengths.max()]).to(model.device)
    real = torch.from_numpy(lengths).to(model.device)
    cache = model.new_cache(len(drafts), ids.shape[1] + SLOTS)
    hidden = model(ids, cache, real)
    return model.logits(hidden[torch.arange(len(drafts)), real - 1]).float(), cache


def _draw(logits: Tensor, sampling: Sampling, generator: torch.Generator, tally: Tally) -> Tensor:
    """One token a row from (B, V) logits, by temperature and top-k."""
    k = min(sampling.top_k, logits.shape[1]) if sampling.top_k else logits.shape[1]
    best, ids = (logits / sampling.temperature).topk(k, dim=1)
    logs = best.log_softmax(dim=1)
    chances = logs.exp()
    drawn = torch.multinomial(chances, 1, generator=generator)
    tally.entropy += float(-(chances * logs.clamp(min=-1e4)).sum())
    tally.surprise += float(-logs.gather(1, drawn).sum())
    tally.tokens += len(logits)
    return ids.gather(1, drawn).squeeze(1)


class _Batch:
    """The rows of a batch that are still being written, their logits and their cache.

    A finished row stays in the cache as a passenger until :data:`PASSENGERS` of the rows are: to take
    rows out is to copy all the rest.
    """

    def __init__(self, model: Network, cache: Cache, logits: Tensor):
        self.model, self.cache, self.logits = model, cache, logits
        self.places = np.arange(len(logits))  # of the live rows in the cache

    def keep(self, rows: list[int]) -> None:
        self.places = self.places[rows]
        if len(self.places) <= (1 - PASSENGERS) * len(self.cache.valid):
            self.cache.keep(torch.from_numpy(self.places).to(self.model.device))
            self.places = np.arange(len(rows))

    def feed(self, chunks: list[list[int]]) -> None:
        lengths = np.array([len(c) for c in chunks])
        ids = np.zeros((len(self.cache.valid), lengths.max()), dtype=np.int64)
        fed = np.ones(len(ids), dtype=np.int64)
        fed[self.places] = lengths
        for place, chunk in zip(self.places.tolist(), chunks, strict=True):
            ids[place, : len(chunk)] = chunk
        uneven = bool((fed != ids.shape[1]).any())
        device = self.model.device
        ends = torch.from_numpy(fed).to(device) if uneven else None
        self.cache.make_room(ids.shape[1])
        hidden = self.model(torch.from_numpy(ids).to(device), self.cache, ends)
        last = hidden[torch.from_numpy(self.places).to(device), torch.from_numpy(lengths - 1).to(device)]
        self.logits = self.model.logits(last).float()


def feed_width(lengths: np.ndarray) -> int:
    """How many tokens of each row to feed at once, given how many are waiting.

    The most real tokens for the work done, which is rows × width and :data:`FEED_COST` a time. Rows that
    have fewer waiting are padded, those that have more keep the rest for the next time. Never less than the
    shortest queue, so some row is always done with it.
    """
    widths = np.arange(1, lengths.max() + 1)
    real = np.minimum(lengths[:, None], widths).sum(axis=0)
    return int(widths[np.argmax(real / (len(lengths) * widths + FEED_COST))])


def _write_valid(
    model: Network, book: CellBook, grammar: Grammar, drafts: list[Draft], sampling: Sampling,
    generator: torch.Generator,
) -> Tally:  # fmt: skip
    tally = Tally(rows=len(drafts))
    live = [d for d in drafts if d.unused.any()]
    if not live:
        return tally
    logits, cache = _feed_prompts(model, book, live)
    batch = _Batch(model, cache, logits)
    end = book.vocabulary.end
    while live:
        ready = [i for i, draft in enumerate(live) if not draft.queue]
        asked = [live[i] for i in ready]
        rows, ids = (torch.from_numpy(a).to(model.device) for a in allowed_tokens(grammar, asked, end))
        logits = batch.logits[torch.tensor(ready, device=model.device)]
        mask = torch.full_like(logits, -torch.inf)
        mask[rows, ids] = logits[rows, ids]
        drawn = _draw(mask, sampling, generator, tally).tolist()
        drawn = zip(ready, drawn, strict=True)
        over = {i for i, token in drawn if _extend(grammar, live[i], token, end, tally)}
        if over:
            going = [i for i in range(len(live)) if i not in over]
            live = [live[i] for i in going]
            if live:
                batch.keep(going)
        if live:
            width = feed_width(np.array([len(draft.queue) for draft in live]))
            batch.feed([draft.queue[:width] for draft in live])
            for draft in live:
                del draft.queue[:width]
    return tally


def _extend(grammar: Grammar, draft: Draft, token: int, end: int, tally: Tally) -> bool:
    """Add a drawn token and those that it forces to a draft's queue; True when the row is complete."""
    draft.queue.append(token)
    over = step(grammar, draft, token, end)
    while not over and len(draft.queue) < CHUNK:
        forced = only_token(grammar, draft, end)
        if forced is None:
            break
        draft.queue.append(forced)
        tally.forced += 1
        over = step(grammar, draft, forced, end)
    return over


def allowed_tokens(grammar: Grammar, drafts: Sequence[Draft], end: int) -> tuple[np.ndarray, np.ndarray]:
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


def only_token(grammar: Grammar, draft: Draft, end: int) -> int | None:
    """The single token that may come next, or None when there is a choice."""
    state = grammar.states[draft.state]
    if not state.may_leave:
        return int(state.allowed[0]) if len(state.allowed) == 1 else None
    if len(state.allowed) or draft.unused.sum() != 1:
        return None
    return int(grammar.openings[np.flatnonzero(draft.unused)[0]])


def step(grammar: Grammar, draft: Draft, token: int, end: int) -> bool:
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


def _close_cell(draft: Draft, state: State) -> None:
    draft.cells.append((state.column, state.value))


def _write_freely(
    model: Network, book: CellBook, grammar: Grammar, drafts: list[Draft], sampling: Sampling,
    generator: torch.Generator,
) -> Tally:  # fmt: skip
    """Sample from the whole vocabulary until the end token or the longest sentence of the context."""
    tally = Tally(rows=len(drafts))
    logits, cache = _feed_prompts(model, book, drafts)
    batch, live = _Batch(model, cache, logits), list(drafts)
    room = model.size.context - cache.filled
    for _ in range(room):
        drawn = _draw(batch.logits, sampling, generator, tally).tolist()
        going = [i for i, token in enumerate(drawn) if token != book.vocabulary.end]
        for i in going:
            live[i].tokens.append(drawn[i])
        if not going:
            break
        if len(going) < len(live):
            live = [live[i] for i in going]
            batch.keep(going)
        batch.feed([[d.tokens[-1]] for d in live])
    for draft in drafts:
        draft.cells = book.vocabulary.read(draft.cells, draft.tokens)
    return tally
