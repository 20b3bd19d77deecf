"""Sampling rows: batched, with a key-value cache, under the grammar or freely.

Finished rows are removed from the batch. Tokens that the grammar forces are fed together with the
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

#: The most tokens that a row's queue holds.
CHUNK = 12
#: Initial slots of the cache after the prompts; it grows when they are full.
SLOTS = 32


def sample_rows(
    model: Network,
    token_cache: TokenCache,
    grammar: Grammar,
    prompts: Sequence[Prompt],
    wanted: Sequence[int],
    sampling: Sampling,
    seed: int,
) -> tuple[list[dict[int, Cell]], Tally]:
    """Complete each prompt to a row; returns one dict column → text for each prompt, and the tally.

    ``wanted`` are the columns of a row; those not in the prompt are generated. With the grammar every row
    is complete and valid; without it a row holds what could be read, possibly unknown categories or no
    cell at all.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    tally = Tally()
    order = np.argsort([len(p) for p in prompts], kind="stable")
    found: dict[int, dict[int, Cell]] = {}
    with torch.inference_mode(), progress(len(prompts), "sampling", "row") as bar:
        for start in range(0, len(prompts), sampling.batch):
            part = order[start : start + sampling.batch]
            sequences = [
                start_sequence(prompts[i], wanted, len(token_cache.vocabulary.columns)) for i in part
            ]
            sample = _sample_valid if sampling.grammar else _sample_freely
            tally.add(sample(model, token_cache, grammar, sequences, sampling, generator))
            found.update({int(i): dict(d.cells) for i, d in zip(part, sequences, strict=True)})
            bar.update(len(part))
    return [found[i] for i in range(len(prompts))], tally


def _feed_prompts(
    model: Network, token_cache: TokenCache, sequences: list[PartialSequence]
) -> tuple[Tensor, Cache]:
    """Feed the prompts; logits (B, V) of the next token, and the cache."""
    most = max(len(d.cells) for d in sequences)
    cells = np.zeros((len(sequences), max(1, len(token_cache.vocabulary.columns))), dtype=np.int32)
    order = np.zeros((len(sequences), max(1, most)), dtype=np.int64)
    for i, sequence in enumerate(sequences):
        taken = [column for column, _ in sequence.cells]
        for column, text in sequence.cells:
            cells[i, column] = token_cache.cell(column, text)
        empty = next((j for j in range(cells.shape[1]) if j not in set(taken)), 0)
        order[i, : len(taken)], order[i, len(taken) :] = taken, empty
    ids, lengths = token_cache.sentences(cells, order, open_end=True)
    lengths = lengths - 1  # no end token is written
    ids = torch.from_numpy(ids[:, : lengths.max()]).to(model.device)
    real = torch.from_numpy(lengths).to(model.device)
    cache = model.new_cache(len(sequences), ids.shape[1] + SLOTS)
    hidden = model(ids, cache, real)
    return model.logits(hidden[torch.arange(len(sequences)), real - 1]).float(), cache


def _draw(logits: Tensor, sampling: Sampling, generator: torch.Generator, tally: Tally) -> Tensor:
    """One token a row from (B, V) logits, by temperature and top-k."""
    k = min(sampling.top_k, logits.shape[1]) if sampling.top_k else logits.shape[1]
    best, ids = (logits / sampling.temperature).topk(k, dim=1)
    logs = best.log_softmax(dim=1)
    probabilities = logs.exp()
    drawn = torch.multinomial(probabilities, 1, generator=generator)
    tally.entropy += float(-(probabilities * logs.clamp(min=-1e4)).sum())
    tally.surprise += float(-logs.gather(1, drawn).sum())
    tally.tokens += len(logits)
    return ids.gather(1, drawn).squeeze(1)


def _sample_valid(
    model: Network, token_cache: TokenCache, grammar: Grammar, sequences: list[PartialSequence],
    sampling: Sampling, generator: torch.Generator,
) -> Tally:  # fmt: skip
    tally = Tally(rows=len(sequences))
    live = [d for d in sequences if d.unused.any()]
    if not live:
        return tally
    logits, cache = _feed_prompts(model, token_cache, live)
    batch = Batch(model, cache, logits)
    end = token_cache.vocabulary.end
    while live:
        ready = [i for i, sequence in enumerate(live) if not sequence.queue]
        waiting = [live[i] for i in ready]
        rows, ids = (torch.from_numpy(a).to(model.device) for a in allowed_tokens(grammar, waiting, end))
        logits = batch.logits[torch.tensor(ready, device=model.device)]
        mask = torch.full_like(logits, -torch.inf)
        mask[rows, ids] = logits[rows, ids]
        drawn = _draw(mask, sampling, generator, tally).tolist()
        drawn = zip(ready, drawn, strict=True)
        finished = {i for i, token in drawn if _extend(grammar, live[i], token, end, tally)}
        if finished:
            going = [i for i in range(len(live)) if i not in finished]
            live = [live[i] for i in going]
            if live:
                batch.keep(going)
        if live:
            width = feed_width(np.array([len(sequence.queue) for sequence in live]))
            batch.feed([sequence.queue[:width] for sequence in live])
            for sequence in live:
                del sequence.queue[:width]
    return tally


def _extend(grammar: Grammar, sequence: PartialSequence, token: int, end: int, tally: Tally) -> bool:
    """Queue a drawn token and those that it forces; True when the row is complete."""
    sequence.queue.append(token)
    complete = step(grammar, sequence, token, end)
    while not complete and len(sequence.queue) < CHUNK:
        forced = only_token(grammar, sequence, end)
        if forced is None:
            break
        sequence.queue.append(forced)
        tally.forced += 1
        complete = step(grammar, sequence, forced, end)
    return complete


def _sample_freely(
    model: Network, token_cache: TokenCache, grammar: Grammar, sequences: list[PartialSequence],
    sampling: Sampling, generator: torch.Generator,
) -> Tally:  # fmt: skip
    """Sample from the whole vocabulary until the end token or the context is full."""
    tally = Tally(rows=len(sequences))
    logits, cache = _feed_prompts(model, token_cache, sequences)
    batch, live = Batch(model, cache, logits), list(sequences)
    for _ in range(model.size.context - cache.filled):
        drawn = _draw(batch.logits, sampling, generator, tally).tolist()
        going = [i for i, token in enumerate(drawn) if token != token_cache.vocabulary.end]
        for i in going:
            live[i].tokens.append(drawn[i])
        if not going:
            break
        if len(going) < len(live):
            live = [live[i] for i in going]
            batch.keep(going)
        batch.feed([[d.tokens[-1]] for d in live])
    for sequence in sequences:
        sequence.cells = token_cache.vocabulary.read(sequence.cells, sequence.tokens)
    return tally
