"""Stored models: the same rows again; what is broken or another model counts as none."""

import json

import pandas as pd
import pytest

from imbench.lm.cells.stored import load_cells, save_cells
from imbench.lm.interface import Sampling
from tests.lm.cells.test_cell_model import LLM, fitted, frame, sampled


@pytest.fixture
def stored(tmp_path):
    model = fitted(frame(300), 60)
    save_cells(model, tmp_path / "key")
    return model, tmp_path / "key"


def test_a_stored_model_gives_the_same_rows(stored):
    model, folder = stored
    found = load_cells(folder, {**LLM, "threads": 1}, model.columns)
    sampling = Sampling(temperature=1.5, top_k=0)
    pd.testing.assert_frame_equal(sampled(model, 200, sampling)[0], sampled(found, 200, sampling)[0])
    assert found.trained == model.trained and found.llm == model.llm
    save_cells(model, folder)  # a second one changes nothing
    assert sorted(p.name for p in folder.parent.iterdir()) == ["key"]


def test_another_configuration_or_other_columns_are_another_model(stored):
    model, folder = stored
    assert load_cells(folder.with_name("none")) is None
    assert load_cells(folder, {**LLM, "bins": 7}) is None
    save_cells(model, folder)
    assert load_cells(folder, LLM, model.columns[1:]) is None


@pytest.mark.parametrize("damage", ["bit", "cut", "json", "width", "format"])
def test_a_damaged_model_counts_as_none(stored, damage):
    model, folder = stored
    weights, description = folder / "model.safetensors", folder / "model.json"
    content = json.loads(description.read_text())
    if damage == "bit":
        data = bytearray(weights.read_bytes())
        data[-5] ^= 4
        weights.write_bytes(data)
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:100])
    elif damage == "json":
        description.write_text("{")
    elif damage == "width":
        description.write_text(json.dumps({**content, "size": {**content["size"], "width": 10**9}}))
    else:
        description.write_text(json.dumps({**content, "format": 0}))
    assert load_cells(folder, LLM, model.columns) is None
    assert damage == "format" or not folder.exists()
