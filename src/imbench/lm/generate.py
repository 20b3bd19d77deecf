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
from imbench.lm.network import Network
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
    sampler = _Sampler(model, token_cache, grammar, sampling, seed)
    complete = sampler.complete_validly if sampling.grammar else sampler.complete_freely
    tally = Tally()
    order = np.argsort([len(p) for p in prompts], kind="stable")
    found: dict[int, dict[int, Cell]] = {}
    with torch.inference_mode(), progress(len(prompts), "sampling", "row") as bar:
        for start in range(0, len(prompts), sampling.batch):
            part = order[start : start + sampling.batch]
            columns = len(token_cache.vocabulary.columns)
            sequences = [start_sequence(prompts[i], wanted, columns) for i in part]
            tally.add(complete(sequences))
            found.update({int(i): dict(s.cells) for i, s in zip(part, sequences, strict=True)})
            bar.update(len(part))
    return [found[i] for i in range(len(prompts))], tally


class _Sampler:
    """Completes batches of partial sequences in place, and returns the counts of each batch."""

    def __init__(
        self, model: Network, token_cache: TokenCache, grammar: Grammar, sampling: Sampling, seed: int
    ):
        self.model, self.token_cache, self.grammar, self.sampling = model, token_cache, grammar, sampling
        self.generator = torch.Generator(model.device).manual_seed(seed)
        self.end = token_cache.vocabulary.end
        self.tally = Tally()

    def complete_validly(self, sequences: list[PartialSequence]) -> Tally:
        """Sample under the grammar until every row is complete."""
        self.tally = Tally(rows=len(sequences))
        live = [s for s in sequences if s.unused.any()]
        if not live:
            return self.tally
        batch = self._start_batch(live)
        while live:
            drawn = self._draw_allowed(batch, live)
            finished = {i for i, token in drawn.items() if self._extend(live[i], token)}
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
        return self.tally

    def complete_freely(self, sequences: list[PartialSequence]) -> Tally:
        """Sample from the whole vocabulary until the end token or the context is full."""
        self.tally = Tally(rows=len(sequences))
        batch, live = self._start_batch(sequences), list(sequences)
        for _ in range(self.model.size.context - batch.cache.filled):
            drawn = self._draw(batch.logits).tolist()
            going = [i for i, token in enumerate(drawn) if token != self.end]
            for i in going:
                live[i].tokens.append(drawn[i])
            if not going:
                break
            if len(going) < len(live):
                live = [live[i] for i in going]
                batch.keep(going)
            batch.feed([[s.tokens[-1]] for s in live])
        for sequence in sequences:
            sequence.cells = self.token_cache.vocabulary.read(sequence.cells, sequence.tokens)
        return self.tally

    def _start_batch(self, sequences: list[PartialSequence]) -> Batch:
        """A batch that has read the prompts."""
        token_cache, model = self.token_cache, self.model
        most = max(len(s.cells) for s in sequences)
        cells = np.zeros((len(sequences), max(1, len(token_cache.vocabulary.columns))), dtype=np.int32)
        order = np.zeros((len(sequences), max(1, most)), dtype=np.int64)
        for i, sequence in enumerate(sequences):
            taken = [column for column, _ in sequence.cells]
            for column, text in sequence.cells:
                cells[i, column] = token_cache.cell(column, text)
            empty = next((j for j in range(cells.shape[1]) if j not in set(taken)), 0)
            order[i, : len(taken)], order[i, len(taken) :] = taken, empty
        ids, lengths = token_cache.sentences(cells, order, open_end=True)
        ids = torch.from_numpy(ids[:, : lengths.max()]).to(model.device)
        real = torch.from_numpy(lengths).to(model.device)
        cache = model.new_cache(len(sequences), ids.shape[1] + SLOTS)
        hidden = model(ids, cache, real)
        return Batch(model, cache, model.logits(hidden[torch.arange(len(sequences)), real - 1]).float())

    def _draw_allowed(self, batch: Batch, live: list[PartialSequence]) -> dict[int, int]:
        """One allowed token for each sequence whose queue is empty, by position."""
        ready = [i for i, sequence in enumerate(live) if not sequence.queue]
        allowed = allowed_tokens(self.grammar, [live[i] for i in ready], self.end)
        rows, ids = (torch.from_numpy(a).to(self.model.device) for a in allowed)
        logits = batch.logits[torch.tensor(ready, device=self.model.device)]
        masked = torch.full_like(logits, -torch.inf)
        masked[rows, ids] = logits[rows, ids]
        return dict(zip(ready, self._draw(masked).tolist(), strict=True))

    def _draw(self, logits: Tensor) -> Tensor:
        """One token a row from (B, V) logits, by temperature and top-k."""
        sampling, tally = self.sampling, self.tally
        k = min(sampling.top_k, logits.shape[1]) if sampling.top_k else logits.shape[1]
        best, ids = (logits / sampling.temperature).topk(k, dim=1)
        logs = best.log_softmax(dim=1)
        probabilities = logs.exp()
        drawn = torch.multinomial(probabilities, 1, generator=self.generator)
        tally.entropy += float(-(probabilities * logs.clamp(min=-1e4)).sum())
        tally.surprise += float(-logs.gather(1, drawn).sum())
        tally.tokens += len(logits)
        return ids.gather(1, drawn).squeeze(1)

    def _extend(self, sequence: PartialSequence, token: int) -> bool:
        """Queue a drawn token and those that it forces; True when the row is complete."""
        sequence.queue.append(token)
        complete = step(self.grammar, sequence, token, self.end)
        while not complete and len(sequence.queue) < CHUNK:
            forced = only_token(self.grammar, sequence, self.end)
            if forced is None:
                break
            sequence.queue.append(forced)
            self.tally.forced += 1
            complete = step(self.grammar, sequence, forced, self.end)
        return complete
