"""Sampling rows: batched, with a key-value cache, under the grammar or freely.

Rows that are finished leave the batch. Tokens that the grammar forces are fed together with the
sampled one in a single chunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from imbench.lm.batch import Batch, feed_width
from imbench.lm.device import progress
from imbench.lm.interface import Sampling, Tally
from imbench.lm.network import Cache, Network
from imbench.lm.text.columns import Cell
from imbench.lm.text.grammar import Grammar
from imbench.lm.text.partial import PartialSequence, Prompt, allowed_tokens, only_token, start_sequence, step
from imbench.lm.text.vocabulary import TokenCache

#: At most so many tokens of a row wait to be fed.
CHUNK = 12
#: The cache begins with so many slots behind the prompts and grows when they are full.
SLOTS = 32


def sample_rows(
    model: Network,
    book: TokenCache,
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
            drafts = [start_sequence(prompts[i], wanted, len(book.vocabulary.columns)) for i in part]
            write = _write_valid if sampling.grammar else _write_freely
            tally.add(write(model, book, grammar, drafts, sampling, generator))
            found.update({int(i): dict(d.cells) for i, d in zip(part, drafts, strict=True)})
            bar.update(len(part))
    return [found[i] for i in range(len(prompts))], tally


def _feed_prompts(model: Network, book: TokenCache, drafts: list[PartialSequence]) -> tuple[Tensor, Cache]:
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


def _write_valid(
    model: Network, book: TokenCache, grammar: Grammar, drafts: list[PartialSequence], sampling: Sampling,
    generator: torch.Generator,
) -> Tally:  # fmt: skip
    tally = Tally(rows=len(drafts))
    live = [d for d in drafts if d.unused.any()]
    if not live:
        return tally
    logits, cache = _feed_prompts(model, book, live)
    batch = Batch(model, cache, logits)
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


def _extend(grammar: Grammar, draft: PartialSequence, token: int, end: int, tally: Tally) -> bool:
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


def _write_freely(
    model: Network, book: TokenCache, grammar: Grammar, drafts: list[PartialSequence], sampling: Sampling,
    generator: torch.Generator,
) -> Tally:  # fmt: skip
    """Sample from the whole vocabulary until the end token or the longest sentence of the context."""
    tally = Tally(rows=len(drafts))
    logits, cache = _feed_prompts(model, book, drafts)
    batch, live = Batch(model, cache, logits), list(drafts)
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
