"""What pretraining adds: paired differences of the runs of docs/pretrained.md, with the protocol's tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from imbench.records.flat import flat_run
from imbench.records.record import Record
from imbench.reports.table import markdown_table
from imbench.reports.verdict.paired import holm, sign_flip

#: The models: the one in question, its control, and the model without text.
LLMS = ("smollm2", "smollm2_random", "tiny")
METHODS = ("imbllm", "great")
DATASETS, SEEDS = ("car", "insurance", "bank"), (0, 1, 2)
SETTINGS = ("llm.precision=bf16", "llm.training.max_steps=600")
#: Each measure with its title and whether more is better; the first is the primary one.
MEASURES = {
    "corrected_f1": ("F1", True),
    "corrected_average_precision": ("average precision", True),
    "coverage": ("coverage", True),
    "nats_sentence": ("nats of a held-out row", False),
    "nats_values": ("of these, values", False),
    "valid_rows_free": ("valid free rows", True),
}
#: The measures of the test: nats_values is a part of nats_sentence and shown only.
TESTED = tuple(m for m in MEASURES if m != "nats_values")
ALPHA = 0.05


def planned_variants() -> dict[tuple[str, str], str]:
    """The variant of the protocol's runs by method and model."""
    from imbench.runs.key import variant_of
    from imbench.utils.config import compose

    return {
        (method, llm): variant_of(
            compose([f"method={method}", f"llm={llm}", *(SETTINGS if llm != LLMS[2] else ())])
        )
        for method in METHODS
        for llm in LLMS
    }


def runs_of(records: Iterable[Record], measured: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One line a run: labels, and the measures that are there."""
    lines = []
    for record in records:
        line = flat_run(record)
        if line is not None and line["dataset"] in DATASETS and line["seed"] in SEEDS:
            line |= measured.get(record.key, {})
            lines.append({name: line.get(name) for name in ("method", "llm", "dataset", "seed", *MEASURES)})
    columns = ["method", "llm", "dataset", "seed", *MEASURES]
    return pd.DataFrame(lines, columns=columns).astype(dict.fromkeys(MEASURES, float))


def differences(runs: pd.DataFrame) -> pd.DataFrame:
    """Method, measure, pairs, mean difference pretrained - random, p (sign flip, two-sided) and Holm's p."""
    found = []
    for method in METHODS:
        family = []
        for measure in TESTED:
            wide = runs[runs["method"] == method].pivot_table(
                index=["dataset", "seed"], columns="llm", values=measure
            )
            wide = wide.reindex(columns=list(LLMS[:2])).dropna()
            gains = (wide[LLMS[0]] - wide[LLMS[1]]).to_numpy()
            mean = float(gains.mean()) if len(gains) else float("nan")
            p = sign_flip(gains, "two-sided") if len(gains) else 1.0
            family.append({"method": method, "measure": measure, "pairs": len(gains), "mean": mean, "p": p})
        for line, corrected in zip(family, holm([line["p"] for line in family]), strict=True):
            found.append(line | {"holm": corrected})
    return pd.DataFrame(found)


def verdict(pairs: int, mean: float, corrected: float, higher: bool) -> str:
    """``undecided``, or which side is better at :data:`ALPHA` after Holm's correction."""
    if pairs == 0 or corrected > ALPHA:
        return "undecided"
    return "pretrained is better" if (mean > 0) == higher else "random is better"


def report(records: Iterable[Record], measured: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole report as Markdown: what is complete, each run, and the tests."""
    runs = runs_of(records, measured)
    paired = runs[runs["llm"].isin(LLMS[:2])]
    planned = len(METHODS) * 2 * len(DATASETS) * len(SEEDS)
    lines = [
        "# What pretraining adds", "",
        f"Written by `scripts/pretrained.py table`; protocol: docs/pretrained.md. **{len(paired)} of "
        f"{planned} runs of SmolLM2 are complete**, and {len(runs) - len(paired)} of {planned // 2} of "
        "`tiny`. – is not measured or does not apply.", "",
    ]  # fmt: skip
    header = ["dataset", "method", "seed", "model", *(title for title, _ in MEASURES.values())]
    ordered = runs.sort_values(["dataset", "method", "seed", "llm"]).itertuples(index=False)
    lines += markdown_table(
        header,
        [
            [r.dataset, r.method, str(r.seed), r.llm, *(_number(getattr(r, m)) for m in MEASURES)]
            for r in ordered
        ],
    )
    lines += ["", "## Pretrained − random, paired over dataset × seed", ""]
    tests = differences(runs)
    lines += markdown_table(
        ["method", "measure", "pairs", "mean difference", "p", "p after Holm", "verdict"],
        [
            [t.method, MEASURES[t.measure][0], str(t.pairs), _number(t.mean), _number(t.p), _number(t.holm),
             verdict(t.pairs, t.mean, t.holm, MEASURES[t.measure][1])]
            for t in tests.itertuples(index=False)
        ],
    )  # fmt: skip
    note = (
        "Sign-flip test, two-sided; with n pairs no p-value lies below 2/2ⁿ. Holm over a method's measures."
    )
    lines += ["", note]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"
