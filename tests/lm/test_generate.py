"""Rows under the grammar are complete and valid for any model."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imbench.lm.finetune import Training, count_steps, finetune, groups, learning_rate
from imbench.lm.generate import _Sampler, sample_rows
from imbench.lm.interface import Sampling
from imbench.lm.network import GPT2Network, ModelSize
from imbench.lm.row_model import RowModel
from imbench.lm.text.columns import describe_columns, read_cells
from imbench.lm.text.grammar import Grammar
from imbench.lm.text.partial import start_sequence
from imbench.lm.text.repair import averages, repair_rows
from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache


def frame(rows=30, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "x, y": rng.normal(0, 3, rows).round(2),
        "job": rng.choice(["a, b", "c is d", ""], rows),
        "job2": rng.choice(["a, b", "e"], rows),
        "one": "same",
        "gaps": pd.Series(np.where(np.arange(rows) % 3 == 0, None, "h"), dtype=object),
    })  # fmt: skip


def model_of(dataset, padded=False, seed=0, vocabulary=None):
    vocabulary = vocabulary or DatasetVocabulary(describe_columns(dataset), padded)
    token_cache = TokenCache(vocabulary)
    torch.manual_seed(seed)
    size = ModelSize(vocabulary.size, token_cache.longest_sentence() + 8, layers=1, width=16, heads=2)
    return GPT2Network(size).eval(), token_cache


def check_valid(rows, dataset, columns):
    for row in rows:
        assert sorted(row) == list(range(len(columns)))
    for j, column in enumerate(columns):
        values = read_cells([r[j] for r in rows], column)
        real = dataset[column.name]
        if column.is_number:
            assert values.between(real.min(), real.max()).all()
            assert (values.round(column.decimals) == values).all()
            assert column.decimals == 0 or len(values) < 20 or (values % 1 != 0).any()
        else:
            assert set(values.dropna()) <= set(real.dropna())
            assert column.has_missing or values.notna().all()


@pytest.mark.parametrize("padded", [False, True])
def test_an_untrained_model_generates_valid_rows_under_the_grammar(padded):
    dataset = frame()
    model, token_cache = model_of(dataset, padded)
    columns = token_cache.vocabulary.columns
    prompts = [[(2, "c is d")] if i % 2 else [(0, "33"), (4, "same")]
               for i in range(60)]  # fmt: skip
    rows, tally = sample_rows(
        model, token_cache, Grammar(token_cache.vocabulary), prompts, range(6), Sampling(batch=25), 0
    )
    check_valid(rows, dataset, columns)
    assert all(r[2] == "c is d" for r in rows[1::2])
    assert all(float(r[0]) == 33 for r in rows[::2])
    assert tally.rows == 60 and tally.tokens > 60 and tally.entropy > 0


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.text(max_size=6), min_size=1, max_size=5),
    st.integers(-50, 50),
    st.integers(0, 60),
    st.booleans(),
)
def test_random_datasets_give_valid_rows(options, low, spread, padded):
    dataset = pd.DataFrame(
        {"n": np.linspace(low, low + spread, 7).round(1), "w": (options * 7)[:7], "Y": ["0", "1"] * 3 + ["0"]}
    )
    model, token_cache = model_of(dataset, padded)
    rows, _ = sample_rows(
        model, token_cache, Grammar(token_cache.vocabulary), [[(2, "1")]] * 12, [0, 1], Sampling(), 1
    )
    columns = token_cache.vocabulary.columns
    check_valid([{j: r[j] for j in (0, 1)} for r in rows], dataset, columns[:2])


def test_only_known_categories_are_generated():
    dataset = frame()
    model, token_cache = model_of(dataset)
    grammar = Grammar(token_cache.vocabulary, known={2: ["a, b"]})
    rows, _ = sample_rows(model, token_cache, grammar, [[(0, "40")]] * 40, range(6), Sampling(), 0)
    assert {r[2] for r in rows} == {"a, b"}


def test_batches_and_the_cache_do_not_change_what_a_row_depends_on():
    """The same logits with the cache, in ragged chunks, as from whole sentences."""
    torch.manual_seed(0)
    model = GPT2Network(ModelSize(20, 16, layers=2, width=16, heads=2)).eval()
    ids = torch.randint(0, 20, (3, 9))
    whole = model(ids)
    cache = model.new_cache(3, 2)
    lengths, at = torch.tensor([[2, 3, 1], [1, 2, 3], [3, 1, 2]]), torch.zeros(3, dtype=torch.long)
    for step in lengths:
        chunk = torch.zeros(3, int(step.max()), dtype=torch.long)
        for row in range(3):
            chunk[row, : step[row]] = ids[row, at[row] : at[row] + step[row]]
        cache.reserve(chunk.shape[1])
        hidden = model(chunk, cache, step)
        at += step
        for row in range(3):
            torch.testing.assert_close(hidden[row, step[row] - 1], whole[row, at[row] - 1])
    cache.keep(torch.tensor([2, 0]))
    cache.reserve(1)
    following = model(ids[[2, 0], [6, 6]][:, None], cache)
    torch.testing.assert_close(following[0, 0], whole[2, 6])
    torch.testing.assert_close(following[1, 0], whole[0, 6])


def test_attention_is_what_the_model_computes():
    torch.manual_seed(0)
    model = GPT2Network(ModelSize(20, 16, layers=1, width=16, heads=2)).eval()
    ids = torch.randint(0, 20, (4, 9))
    attention = model.attention_from(ids, torch.tensor([8, 3, 5, 0]))
    torch.testing.assert_close(attention.sum(dim=1), torch.ones(4))
    assert (attention[1, 4:] == 0).all() and attention[3, 0] == 1
    # The output at the query is the values weighted by the attention, one head after the other.
    changed = ids.clone()
    changed[1, 7] = (changed[1, 7] + 1) % 20
    torch.testing.assert_close(model.attention_from(changed, torch.tensor([8, 3, 5, 0])), attention)


class Shuffle:
    passes = 1

    def __init__(self, columns):
        self.columns = columns

    def __call__(self, reads, rows, rng):
        return rng.random((len(reads), self.columns)).argsort(axis=1)


def test_training_learns_and_repeats_bit_for_bit():
    dataset = frame(60)
    weights, reports = [], []
    for _ in range(2):
        model, token_cache = model_of(dataset)
        cells = token_cache.encode(dataset)
        reports.append(
            finetune(model, token_cache, cells, Shuffle(6), Training(epochs=30, batch=16, lr=5e-3), seed=3)
        )
        weights.append(model.state_dict())
    assert reports[0].steps == 120 and reports[0].last_loss < 0.7 * reports[0].first_loss
    assert all(torch.equal(weights[0][k], weights[1][k]) for k in weights[0])


def test_padding_does_not_change_the_loss():
    """A batch's gradient is the same whether its rows are padded together or split into groups."""
    from imbench.lm.finetune import next_token_loss

    model, token_cache = model_of(frame())
    cells = token_cache.encode(frame())[:4]
    cells[:2, 2:] = 0  # short rows
    order = np.tile(np.arange(6), (4, 1))
    ids, lengths = map(torch.from_numpy, token_cache.sentences(cells, order))
    single = [(ids[i : i + 1, : lengths[i]], lengths[i : i + 1]) for i in range(4)]
    together = next_token_loss(model, [(ids, lengths)])
    torch.testing.assert_close(together, next_token_loss(model, single))
    torch.testing.assert_close(together, sum(next_token_loss(model, [one]) for one in single))


def test_the_activation_is_gpt2s_with_its_slope():
    from imbench.lm.network import gelu

    x = torch.linspace(-8, 8, 401, requires_grad=True)
    ours = gelu(x)
    theirs = torch.nn.functional.gelu(x, approximate="tanh")
    torch.testing.assert_close(ours, theirs)
    slopes = [torch.autograd.grad(y.sum(), x, retain_graph=True)[0] for y in (ours, theirs)]
    torch.testing.assert_close(*slopes)


def test_attention_of_short_sentences_is_torchs():
    from imbench.lm.network import attend

    q, k, v = torch.randn(3, 2, 4, 9, 8).unbind()
    wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(attend(q, k, v, 0.0), wanted)


@pytest.mark.parametrize("kept", [None, tuple(range(0, 200, 3))])
def test_a_gpt2_of_transformers_computes_the_same_as_a_row_model(kept):
    from transformers import GPT2Config, GPT2LMHeadModel

    from imbench.lm.pretrained import HubNetwork, _cut, as_gpt2_network, is_plain_gpt2

    torch.manual_seed(0)
    inner = GPT2LMHeadModel(GPT2Config(n_layer=2, n_embd=16, n_head=2, vocab_size=200, n_positions=30)).eval()
    if kept is not None:
        _cut(inner, kept)
    assert is_plain_gpt2(inner)
    ours, theirs = as_gpt2_network(inner, 20).eval(), HubNetwork(inner, 20)
    ids = torch.randint(0, inner.config.vocab_size, (3, 12))
    torch.testing.assert_close(ours.logits(ours(ids)), theirs.logits(theirs(ids)))
    torch.testing.assert_close(ours.hidden([ids, ids[:1, :5]]), theirs.hidden([ids, ids[:1, :5]]))
    assert ours.size.dropout == 0.1


def test_groups_hold_every_row_once_and_save_padding():
    lengths = np.array([5] * 30 + [400, 410])
    found = groups(lengths)
    assert sorted(np.concatenate(found).tolist()) == list(range(32))
    assert [len(g) for g in found] == [30, 2] or [len(g) for g in found] == [2, 30]
    assert len(groups(np.full(32, 40))) == 1


def test_the_budget_of_steps_holds_and_the_schedule_ends_at_zero():
    lengths = np.full(1000, 10)
    assert count_steps(lengths, Training(epochs=50, batch=32, max_steps=70)) == 70
    assert count_steps(lengths[:64], Training(epochs=2, batch=32)) == 4
    assert count_steps(lengths, Training(epochs=50, batch=32, max_tokens=32_000)) == 100
    training = Training(lr=1.0, warmup=0.1)
    rates = [learning_rate(i, 100, training) for i in range(100)]
    assert max(rates) == 1.0 and rates[0] < 0.2 and rates[-1] < 0.02


def test_repair_is_the_published_one_and_counts():
    dataset = frame()
    dataset.loc[:19, "job"] = "c is d"
    columns = describe_columns(dataset)
    average = averages([dataset], columns)
    assert average[0] == round(dataset["age"].mean(), 2)
    rows = [{0: "33", 1: "1.5", 2: "unknown", 3: "e", 4: "same", 5: None}, {0: "4-2", 2: ""}, {2: ""}]
    whole, repaired, dropped = repair_rows(rows, [0, 1, 1], columns, average)
    assert dropped == 1 and len(whole) == 2
    assert repaired == 1 + 5
    assert whole[0][2] == "c is d" and float(whole[1][0]) == average[0]


def test_free_sampling_returns_what_could_be_read():
    dataset = frame()
    model, token_cache = model_of(dataset)
    rows, tally = sample_rows(
        model,
        token_cache,
        Grammar(token_cache.vocabulary),
        [[(2, "")]] * 50,
        range(6),
        Sampling(grammar=False),
        0,
    )
    assert len(rows) == 50 and all(r[2] == "" for r in rows)
    assert any(len(r) < 6 for r in rows)
    assert tally.forced == 0


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_one_queue_is_always_emptied(lengths):
    from imbench.lm.batch import feed_width

    assert min(lengths) <= feed_width(np.array(lengths)) <= max(lengths)


def test_every_queued_token_is_fed():
    """Rows of very different spans, fed a little at a time: every row's own tokens decide what follows."""
    from imbench.lm import batch

    dataset = frame()
    model, token_cache = model_of(dataset)
    prompts = [[(2, "c is d")]] * 40
    wide, _ = sample_rows(
        model, token_cache, Grammar(token_cache.vocabulary), prompts, range(6), Sampling(), 0
    )
    before, batch.FEED_COST = batch.FEED_COST, 10**9  # everything at once
    try:
        whole, _ = sample_rows(
            model, token_cache, Grammar(token_cache.vocabulary), prompts, range(6), Sampling(), 0
        )
    finally:
        batch.FEED_COST = before
    check_valid(wide, dataset, token_cache.vocabulary.columns)
    check_valid(whole, dataset, token_cache.vocabulary.columns)


def after(model, tokens):
    """Log-probabilities of the token that follows ``tokens``."""
    with torch.inference_mode():
        return model.logits(model(torch.tensor([tokens]))[:, -1]).float().log_softmax(dim=1)[0]


@pytest.mark.parametrize("prompt", [[(2, "c is d")], [(0, "33"), (4, "same")], [(5, None), (1, "-1.25")]])
def test_a_prompt_is_read_to_its_last_token(prompt):
    model, token_cache = model_of(frame())
    vocabulary = token_cache.vocabulary
    sampler = _Sampler(model, token_cache, Grammar(vocabulary), Sampling(), 0)
    others = [(0, "33"), (2, "c is d"), (4, "same")]  # a longer prompt in the same batch
    with torch.inference_mode():
        batch = sampler._start_batch([start_sequence(p, range(6), 6) for p in (prompt, others)])
    tokens = [token for column, text in prompt for token in vocabulary.piece(column, text)]
    torch.testing.assert_close(batch.logits[0].log_softmax(dim=0), after(model, tokens))


def test_label_probabilities_are_those_after_all_other_cells():
    dataset = frame()
    model, token_cache = model_of(dataset)
    vocabulary = token_cache.vocabulary
    row_model = RowModel(vocabulary.columns, vocabulary, model, None, {}, {})
    found, words = row_model.label_probabilities(dataset.head(3), 3)
    for i in range(3):
        cells = token_cache.encode(dataset.iloc[[i]])[0]
        tokens = [token for j in (0, 1, 2, 4, 5) for token in token_cache.pieces[cells[j]]]
        paths = [vocabulary.name_path(3) + vocabulary.value_path(3, word) for word in words]
        logs = [sum(float(after(model, [*tokens, *p[:k]])[p[k]]) for k in range(len(p))) for p in paths]
        np.testing.assert_allclose(found[i], np.exp(logs) / np.exp(logs).sum(), rtol=1e-4)
