"""``great`` with free sampling draws from the same distribution as be_great, given the same weights.

One small model is fine-tuned by the package, written to a folder and read by both sides. Each column's
values (unreadable and absent ones too), the pair of categories and the number of columns are compared
by two-sample chi-square tests, the share of valid rows by a two-proportion z-test. The threshold was
fixed in advance: 0.1 % for all tests of one comparison together (Bonferroni).
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from baselines.be_great.adapter import SAMPLING, RowText, find_fault, fit_great, generate, quietly, seeded
from imbench.lm.interface import Sampling
from imbench.lm.models import make_vocabulary
from imbench.lm.pretrained import load_network
from imbench.lm.row_model import RowModel, one_thread
from imbench.lm.text.columns import Column
from tests.baselines.model_folder import write_folder

pytestmark = pytest.mark.slow  # both sides sample thousands of rows

ROWS = 1500
ALPHA = 0.001
FEWEST = 5  # expected rows in a cell of a chi-square table; rarer values are put together
LLM = {"source": "hub", "training": {"epochs": 100, "batch": 32, "lr": 5e-3, "max_steps": 300}}


def dataset(rows=160, seed=0):
    rng = np.random.default_rng(seed)
    label = np.array([0] * 40 + [1] * (rows - 40))
    shape = np.where(rng.uniform(size=rows) < 0.3 + 0.4 * (label == 0), "round", "flat")
    frame = pd.DataFrame({
        "count": rng.poisson(4 + 3 * (label == 0)).astype(float),
        "size": (rng.normal(size=rows) + 1.5 * (label == 0)).round(1),
        "colour": np.where(shape == "flat", "red", rng.choice(["green", "deep blue", "red"], rows)),
        "shape": shape,
    })  # fmt: skip
    return frame, pd.Series(label, name="Y")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The package's model, the same weights as this project's, and the text of the dataset."""
    place = tmp_path_factory.mktemp("same")
    frame, labels = dataset()
    text = RowText(frame, labels.to_numpy(), "Y")
    folder = write_folder(place / "start", text.sentences(), positions=120)
    with one_thread(), quietly():
        great, _ = fit_great(text, LLM | {"name": folder}, None, 0, place, "right")
        great.model.save_pretrained(place / "tuned")
        great.tokenizer.save_pretrained(place / "tuned")
        llm = {"name": str(place / "tuned"), "source": "hub"}
        columns = (*text.columns, Column("Y", ("0", "1")))
        network = load_network(llm, None, great.max_length).eval()
    ours = RowModel(columns, make_vocabulary(columns, llm), network, SimpleNamespace(), {}, llm)
    return great, ours, text


@pytest.fixture(scope="module")
def sampled(both):
    """``sampled(side, temperature, top_k, seed)``: rows of class 0 as column → text, sampled once."""
    great, ours, text = both
    cache = {}

    def sample(side, temperature=0.7, top_k=50, seed=0):
        key = side, temperature, top_k, seed
        if key not in cache:
            with one_thread():
                if side == "package":
                    options = SAMPLING | {"temperature": temperature, "top_k": top_k}
                    with seeded(seed):
                        cache[key] = generate(great, text, 0, ROWS, options)[0]
                else:
                    free = Sampling(grammar=False, temperature=temperature, top_k=top_k)
                    prompts = [[(4, "0")]] * ROWS
                    cache[key] = ours.sample(prompts, range(4), free, seed)[0]
        return cache[key]

    return sample


def category(row, j, column):
    """A cell as a category of the test: the value, or what is wrong with it."""
    if j not in row:
        return "absent"
    if column.is_number:
        number = pd.to_numeric(row[j], errors="coerce")
        return str(round(number)) if np.isfinite(number) else "unreadable"
    return row[j] if row[j] in column.categories else "unknown"


def chi_square(one, two):
    """p of a two-sample chi-square test on options; rare options are counted together."""
    from scipy.stats import chi2_contingency

    counts = pd.DataFrame(
        {"one": pd.Series(one).value_counts(), "two": pd.Series(two).value_counts()}
    ).fillna(0)
    rare = counts.sum(axis=1) < 2 * FEWEST
    counts = pd.concat([counts[~rare], counts[rare].sum().to_frame("rare").T])
    counts = counts[counts.sum(axis=1) > 0]
    return 1.0 if len(counts) < 2 else chi2_contingency(counts, correction=False).pvalue


def two_proportions(hits_one, hits_two, rows):
    """p of the two-sided z-test for equal shares in two samples of ``rows``."""
    from scipy.stats import norm

    pooled = (hits_one + hits_two) / (2 * rows)
    spread = np.sqrt(2 * pooled * (1 - pooled) / rows)
    return 1.0 if spread == 0 else 2 * norm.sf(abs(hits_one - hits_two) / rows / spread)


def compare(one, two, columns):
    """p of every test, by name."""
    found = {}
    for j, column in enumerate(columns):
        found[column.name] = chi_square(*([category(r, j, column) for r in rows] for rows in (one, two)))
    pairs = (
        [f"{category(r, 2, columns[2])}|{category(r, 3, columns[3])}" for r in rows] for rows in (one, two)
    )
    found["pair"] = chi_square(*pairs)
    found["length"] = chi_square(*([str(sum(j in r for j in range(4))) for r in rows] for rows in (one, two)))
    valid = [sum(find_fault(r, columns) is None for r in rows) for rows in (one, two)]
    found["valid"] = two_proportions(*valid, ROWS)
    return found


def rejected(found):
    return {name for name, p in found.items() if p < ALPHA / len(found)}


def test_both_sides_read_the_same_prompt(both):
    great, ours, text = both
    start = great._get_start_sampler(text.target, {"0": 1.0}).get_start_tokens(1)[0]
    assert start == great.tokenizer("Y is 0,")["input_ids"]
    assert tuple(start) == ours.vocabulary.piece(4, "0", 1)
    assert Path(ours.llm["name"]).is_dir() and ours.model.size.context == great.max_length


@pytest.mark.parametrize(("temperature", "seed"), [(0.7, 0), (1.0, 1)])
def test_same_distribution(sampled, both, temperature, seed):
    package = sampled("package", temperature, seed=seed)
    ours = sampled("ours", temperature, seed=seed + 10)
    found = compare(package, ours, both[2].columns)
    assert not rejected(found), found
    valid = np.mean([find_fault(r, both[2].columns) is None for r in package])
    assert 0.3 < valid < 0.999, "a model that is always or never right would compare nothing"


@pytest.mark.parametrize(
    "options", [{"temperature": 1.5}, {"temperature": 0.9}, {"top_k": 3, "temperature": 1.2}]
)
def test_the_statistics_reject_other_settings(sampled, both, options):
    other = sampled("ours", **{"temperature": 0.7, "seed": 10, **options})
    assert rejected(compare(sampled("package"), other, both[2].columns))


def test_the_statistics_reject_another_class(sampled, both):
    great, _, text = both
    with seeded(0), one_thread():
        other = generate(great, text, 1, ROWS, SAMPLING)[0]
    assert {"count", "shape"} <= rejected(compare(sampled("package"), other, text.columns))
