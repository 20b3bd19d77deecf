"""Fine-tuning with rounded matrices is automatic mixed precision, bit for bit; dropout has its share."""

import copy

import pytest
import torch
from torch.nn import functional as F

from imbench.lm.network import GPT2Network, ModelSize, dropout
from imbench.lm.working_weights import WorkingWeights

SIZE = ModelSize(vocabulary=11, context=8, layers=2, width=16, heads=2)


def loss_of(model, ids):
    with torch.autocast("cpu", torch.bfloat16):
        states = model.hidden([ids[:, :-1]])
        return F.cross_entropy(model.logits(states), ids[:, 1:].flatten())


def mixed(model, batches, clip):
    """Automatic mixed precision as torch documents it, several passes a step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)
    for passes in batches:
        for ids in passes:
            loss_of(model, ids).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        optimizer.zero_grad()


def working(model, batches, clip):
    weights = WorkingWeights(model, bf16=True)
    assert any(p.dtype == torch.bfloat16 for p in model.parameters())
    optimizer = torch.optim.AdamW(weights.originals, lr=1e-2, fused=True)
    for passes in batches:
        for ids in passes:
            loss_of(model, ids).backward()
            weights.collect()
        weights.clip(clip)
        optimizer.step()
        weights.stepped()
    weights.restore()


@pytest.mark.parametrize("clip", [1e-3, 1e3])
def test_rounded_matrices_give_the_weights_of_mixed_precision(clip):
    torch.manual_seed(0)
    one = GPT2Network(SIZE)
    two = copy.deepcopy(one)
    batches = [[torch.randint(0, 11, (3, 8)) for _ in range(2)] for _ in range(4)]
    mixed(one, batches, clip)
    working(two, batches, clip)
    for (name, first), second in zip(one.named_parameters(), two.parameters(), strict=True):
        assert second.dtype == torch.float32
        assert torch.equal(first, second), name


def test_without_bf16_the_model_itself_is_trained():
    model = GPT2Network(SIZE)
    weights = WorkingWeights(model, bf16=False)
    assert [id(p) for p in weights.originals] == [id(p) for p in model.parameters()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_zeroes_its_share_and_keeps_the_mean(dtype):
    torch.manual_seed(0)
    x = torch.ones(1003, 777, dtype=dtype, requires_grad=True)
    y = dropout(x, 0.1)
    assert float((y.detach() == 0).float().mean()) == pytest.approx(0.1, abs=0.002)
    assert float(y.detach().float().mean()) == pytest.approx(1.0, abs=0.005)
    y.sum().backward()
    assert torch.equal(x.grad == 0, y == 0)
    assert dropout(x, 0.0) is x or torch.equal(dropout(x, 0.0), x)
