"""One call of the language-model oversampler: one class, one fine-tuned model, its rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError, Shortfall
from imbench.lm.text.columns import write_cells
from imbench.samplers.llm.checks import accept_all, by_classifier, by_model
from imbench.samplers.llm.corpus import corpus_frames, interpolated_rows
from imbench.samplers.llm.ordering import Ordering
from imbench.samplers.llm.prompts import choose_features, feature_cells

if TYPE_CHECKING:
    from imbench.samplers.llm.sampler import LLMOversampler

SAMPLING = {"grammar": True, "temperature": 0.7, "top_k": 50, "batch": 512, "margin": 0.0, "max_attempts": 5}
#: What a model is when nobody says otherwise: the words of conf/llm/tiny.yaml.
TINY: dict[str, Any] = {
    "name": "tiny",
    "source": "table",
    "numbers": "padded",
    "size": {"layers": 2, "width": 128, "heads": 4, "dropout": 0.0},
    "training": {"epochs": 75, "batch": 32, "lr": 1.5e-3, "max_steps": 2000, "max_tokens": 3e6},
    "threads": 1,
}


class Work:
    """One call: one class, one model, its rows."""

    def __init__(
        self, sampler: LLMOversampler, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int,
        rng: np.random.RandomState,
    ):  # fmt: skip
        from imbench.lm.generate import Sampling
        from imbench.lm.text.columns import Column, describe_columns

        self.owner, self.labels, self.label = sampler, labels, label
        # The model's seed comes first: variants that differ in sampling only have the same.
        self.fit_seed, self.sample_seed = (int(rng.randint(2**31 - 1)) for _ in range(2))
        self.target = _free_name(sampler._target, list(features.columns))
        self.features = features.rename(columns=str)
        self.commonest = _commonest(labels)
        self.majority = int((labels == self.commonest).sum())
        self.count = self.majority if sampler.number == "majority" else count
        self.llm = {**(sampler.llm or TINY)}
        words = {**SAMPLING, **(sampler.sampling or {})}
        self.attempts = int(words.pop("max_attempts"))
        self.sampling = Sampling(**words)
        self.ledger = sampler.ledger_
        described = describe_columns(self.features)
        self.columns = (*described, Column(self.target, tuple(sorted({str(v) for v in labels}))))
        self.wanted = list(range(len(described)))
        self.names = [str(c) for c in features.columns]
        self.rng = np.random.RandomState(self.sample_seed)
        #: LITO's importance of the columns for each majority row that was drawn.
        self.importance: dict[int, np.ndarray] = {}

    def make(self) -> pd.DataFrame:
        """Fit (or find) the model, sample, check; the rows that passed."""
        self._fit()
        started = time.perf_counter()
        rows = self._sample()
        self._note("seconds_sample", time.perf_counter() - started)
        rows.columns = (
            list(self.owner.feature_names_in_) if hasattr(self.owner, "feature_names_in_") else rows.columns
        )
        return rows

    def _fit(self) -> None:
        from imbench.lm.model_store import Plan, fit_or_load
        from imbench.utils.locks import waited

        started, before, owner = time.perf_counter(), waited(), self.owner
        rng = np.random.RandomState(self.fit_seed)
        minority = self.features[self.labels == self.label]
        if not len(minority):
            raise MethodError(f"There is no row of class {self.label} to learn from.")
        interpolated = minority.iloc[:0]
        if owner.corpus == "minority_interpolated":
            share = round(owner.interpolation_ratio * self.count)
            interpolated = interpolated_rows(
                minority, share, owner.interpolation, owner.interpolation_decimals, rng
            )
        frames = corpus_frames(
            owner.corpus, self.features, self.labels, self.label, interpolated, self.target
        )
        self.frames, self.minority, self.interpolated = frames, minority, interpolated
        order = Ordering(owner.ordering, len(self.features.columns))
        plan = Plan.make(
            self.columns, frames, order, owner.ordering, self.llm, self.fit_seed,
            owner.numbers == "characters", owner.accumulation,
        )  # fmt: skip
        self.model, found = fit_or_load(plan, owner.model_dir)
        trained = self.model.trained
        self.ledger.update(model_key=plan.key, model_reused=found, model=self.llm["name"],
                           loss_first=trained.first_loss, loss_last=trained.last_loss)  # fmt: skip
        self._note("training_steps", trained.steps)
        self._note("training_tokens", trained.tokens)
        self._note("training_rows", len(plan.cells))
        # A model that was found cost nothing now; what it cost when it was made is kept beside it.
        self._note("seconds_fit", time.perf_counter() - started - (waited() - before))
        self._note("seconds_training", trained.seconds)

    def _sample(self) -> pd.DataFrame:
        self.check = self._check()
        kept: list[pd.DataFrame] = []
        have = made = 0
        bound = self.attempts * self.count
        rejected = self.ledger.setdefault("rejected", {})
        while have < self.count and made < bound:
            ask = min(self._next_ask(have, made), bound - made)
            rows = self._generate(ask)
            made += ask
            passed = self.check(rows) if len(rows) else np.zeros(0, dtype=bool)
            if not passed.all():
                self._note_in(rejected, self.owner.verification, int((~passed).sum()))
            kept.append(rows[passed])
            have += len(kept[-1])
        self._note("generated", made)
        found = pd.concat(kept, ignore_index=True).head(self.count)
        unverified = self.owner.verification == "none"
        if len(found) < self.count and (unverified or self.owner.shortage == "error"):
            raise Shortfall(
                f"{type(self.owner).__name__} made {len(found)} of {self.count} rows of class {self.label} "
                f"in {made} attempts (sampling.max_attempts={self.attempts} for each row). "
                f"Rejected: {dict(rejected)}."
            )
        self._describe(found)
        return found

    def _next_ask(self, have: int, made: int) -> int:
        """How many rows to generate next, by the share that passed so far."""
        missing = self.count - have
        if made == 0 or self.owner.verification == "none":
            return missing
        share = max(have / made, 1 / self.attempts)
        return max(64, int(missing / share))

    def _generate(self, count: int) -> pd.DataFrame:
        if self.owner.prompts == "imputation":
            from imbench.samplers.llm.lito import impute_majority

            return impute_majority(self, count)
        return self.complete(self._prompts(count))

    def complete(self, prompts: list[list[tuple[int, str | None]]]) -> pd.DataFrame:
        """Sample one row a prompt; under free sampling repaired, and without the rows that hold nothing."""
        from imbench.lm.text.columns import read_cells
        from imbench.lm.text.repair import averages, repair_rows

        rows, tally = self.model.sample(prompts, self.wanted, self.sampling, int(self.rng.randint(2**31 - 1)))
        self._note("tokens", tally.tokens + tally.forced)
        self._note("sampled_tokens", tally.tokens)
        self._note("rows_sampled", tally.rows)
        self._note("entropy_sum", tally.entropy)
        self._note("surprise_sum", tally.surprise)
        self.ledger["entropy_token"] = self.ledger["entropy_sum"] / max(1, self.ledger["sampled_tokens"])
        self.ledger["entropy_row"] = self.ledger["entropy_sum"] / max(1, self.ledger["rows_sampled"])
        self._note("repaired_cells", 0)
        if not self.sampling.grammar:
            given = [sum(j in set(self.wanted) for j, _ in p) for p in prompts]
            average = averages(self.frames, self.columns[:-1])
            rows, repaired, dropped = repair_rows(rows, given, self.columns[:-1], average)
            self._note("repaired_cells", repaired)
            if dropped:
                self._note_in(self.ledger.setdefault("rejected", {}), "empty", dropped)
        return pd.DataFrame(
            {self.names[j]: read_cells([r[j] for r in rows], self.columns[j]) for j in self.wanted},
            columns=self.names,
        )

    def _prompts(self, count: int) -> list[list[tuple[int, str | None]]]:
        word, owner = self.owner.prompts, self.owner
        label = (len(self.columns) - 1, str(self.label))
        if word == "condition_y":
            return [[label] for _ in range(count)]
        how = "in_turn" if word == "condition_x" else owner.prompt_features
        chosen = choose_features(how, len(self.wanted), count, self.rng)
        frames = [self.features] if word == "condition_x" else [self.minority, self.interpolated]
        if word == "condition_yx" and owner.prompt_features == "random":
            frames = [self.minority]
        cells = feature_cells(chosen, frames, self.columns, self.model.padded, self.rng)
        return [[cell] if word == "condition_x" else [label, cell] for cell in cells]

    def prompts_without(self, rows: pd.DataFrame, removed: np.ndarray) -> list[list[tuple[int, str | None]]]:
        """For each row: the label asked for and the row's cells but the ``removed`` ones (rows × k)."""
        texts = [
            write_cells(list(rows[self.names[j]]), self.columns[j], self.model.padded) for j in self.wanted
        ]
        label = (len(self.columns) - 1, str(self.label))
        gone = [set(r.tolist()) for r in removed]
        return [
            [label, *((j, texts[j][i]) for j in self.wanted if j not in gone[i])] for i in range(len(rows))
        ]

    def _check(self) -> Any:
        word = self.owner.verification
        if word == "classifier":
            return by_classifier(self.features, self.labels, self.label, self.sample_seed)
        if word == "self":
            target, temperature = len(self.columns) - 1, self.sampling.temperature
            return by_model(self.model, target, str(self.label), temperature, self.rng)
        return accept_all

    def _describe(self, rows: pd.DataFrame) -> None:
        self._note("duplicates", int(rows.duplicated().sum()))
        # astype: a made number can be the real one and a category of another dtype is the same text
        real = {tuple(map(str, r)) for r in self.minority.astype(object).itertuples(index=False)}
        copies = sum(tuple(map(str, r)) in real for r in rows.astype(object).itertuples(index=False))
        self._note("training_copies", copies)
        if len(rows) < self.count:
            self._note("missing", self.count - len(rows))

    def _note(self, word: str, amount: float) -> None:
        self._note_in(self.ledger, word, amount)

    @staticmethod
    def _note_in(ledger: dict[str, Any], word: str, amount: float) -> None:
        ledger[word] = ledger.get(word, 0) + amount


def _commonest(labels: np.ndarray) -> Any:
    values, counts = np.unique(labels, return_counts=True)
    return values[counts.argmax()]


def _free_name(name: str, taken: Sequence[object]) -> str:
    taken_names = {str(t) for t in taken}
    while name in taken_names:
        name += "_"
    return name
