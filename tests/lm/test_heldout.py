"""Likelihood of held-out rows by a model whose probabilities are known, and which free rows are valid."""

import numpy as np
import pandas as pd
import pytest
import torch

from imbench.lm.heldout import is_valid, readable, sentence_surprise
from imbench.lm.interface import Trained
from imbench.lm.network import GPT2Network, ModelSize
from imbench.lm.row_model import RowModel
from imbench.lm.text.columns import Column
from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache
from imbench.samplers.llm.ordering import Ordering

COLUMNS = (Column("age", None, 0, 18, 80), Column("job", ("clerk", "cook")), Column("label", ("0", "1")))
ROWS = pd.DataFrame({"age": [25.0, 4.0, 31.0], "job": ["cook", "clerk", "cook"], "label": ["1", "1", "1"]})


def model_of(seed: int | None) -> RowModel:
    """A model with random weights, or (None) one that gives all tokens the same probability."""
    vocabulary = DatasetVocabulary(COLUMNS)
    context = TokenCache(vocabulary).longest_sentence()
    torch.manual_seed(seed or 0)
    network = GPT2Network(ModelSize(vocabulary.size, context, layers=1, width=16, heads=2)).eval()
    if seed is None:
        torch.nn.init.zeros_(network.tokens.weight)
    return RowModel(COLUMNS, vocabulary, network, Trained(0, 0, 0.0, 0.0, 0.0), {}, {"name": "small"})


def test_a_uniform_model_has_the_logarithm_of_its_vocabulary_for_each_token():
    model = model_of(None)
    sentence, values = sentence_surprise(model, ROWS, Ordering("fix_y", 2), orders=3, seed=0)
    # The label comes first and opens with its name, which is given: two names, three values, the end.
    digits = np.array([2, 1, 2])
    each = np.log(model.vocabulary.size)
    np.testing.assert_allclose(values, (digits + 2) * each, rtol=1e-5)
    np.testing.assert_allclose(sentence, (digits + 2 + 2 + 1) * each, rtol=1e-5)


def test_the_likelihood_is_that_of_the_tokens_one_by_one():
    model, order = model_of(1), Ordering("fix_y", 2)
    sentence, _ = sentence_surprise(model, ROWS, order, orders=1, seed=5)
    ordered = order(np.arange(3), 3, np.random.default_rng(5))
    ids, lengths = model.token_cache.sentences(model.token_cache.encode(ROWS), ordered)
    for row in range(3):
        total = 0.0
        for place in range(1, lengths[row]):
            before = torch.from_numpy(ids[row : row + 1, :place])
            logs = model.model.logits(model.model(before)[0, -1]).log_softmax(dim=0)
            total -= float(logs[ids[row, place]].detach())
        assert sentence[row] == pytest.approx(total, rel=1e-4)


def test_rows_with_unknown_categories_or_unexpected_holes_are_not_readable():
    rows = pd.DataFrame(
        {"age": [25.0, np.nan, 31.0], "job": ["cook", "cook", "pilot"], "label": ["1", "1", "1"]}
    )
    assert readable(rows, COLUMNS).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("row", "valid"),
    [
        ({0: "25", 1: "cook", 2: "1"}, True),
        ({0: "25", 1: "cook"}, False),
        ({0: "81", 1: "cook", 2: "1"}, False),
        ({0: "2x", 1: "cook", 2: "1"}, False),
        ({0: "nan", 1: "cook", 2: "1"}, False),
        ({0: "25", 1: "coo", 2: "1"}, False),
        ({0: "25", 1: None, 2: "1"}, False),
    ],
)
def test_a_valid_row_has_every_column_in_its_range(row, valid):
    assert is_valid(row, COLUMNS) is valid


def test_a_category_that_no_training_row_held_is_not_valid():
    assert not is_valid({0: "25", 1: "cook", 2: "1"}, COLUMNS, known={1: ["clerk"]})
