"""SMOTE-NC's quick decoding returns what imbalanced-learn's and scikit-learn's own do."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTENC
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder

from imbench.samplers.kinds import QuickOneHot, quick_decoding


def frame(rows=120, flat=False):
    rng = np.random.default_rng(3)
    words = {f"c{k}": rng.choice([f"w{i}" for i in range(k + 1)], rows) for k in range(4)}
    numbers = {
        "x": np.zeros(rows) if flat else rng.normal(size=rows),
        "y": np.arange(rows) % (1 if flat else 7),
    }
    made = pd.DataFrame(numbers, dtype="float64").assign(**words)
    return made.astype(dict.fromkeys(words, "category")), np.arange(rows) % 5 == 0


@pytest.mark.parametrize("flat", (False, True), ids=("numbers", "constant numbers"))
def test_smotenc_generates_the_same_rows(flat, monkeypatch):
    X, y = frame(flat=flat)
    expected = SMOTENC("auto", random_state=1).fit_resample(X, y)
    taken = []
    monkeypatch.setattr(OneHotEncoder, "inverse_transform", lambda *_: taken.append("scikit-learn's"))
    found = quick_decoding(SMOTENC("auto", random_state=1)).fit_resample(X, y)
    pd.testing.assert_frame_equal(found[0], expected[0], check_exact=True)
    assert (found[1] == expected[1]).all() and not taken


def test_rows_that_are_not_one_hot_take_scikit_learns_way():
    fitted = QuickOneHot(handle_unknown="ignore").fit([["a", 1], ["b", 2], ["c", 2]])
    plain = OneHotEncoder(handle_unknown="ignore").fit([["a", 1], ["b", 2], ["c", 2]])
    for rows in (
        [[0, 1, 0, 1, 0]],
        [[0, 0, 0, 1, 0]],
        [[1, 1, 0, 0, 0]],
        [[-1, 0, 0, 0, 1]],
        [[1, 0, 0, 2, 1]],
    ):
        for kind in (sparse.csr_matrix, sparse.csc_matrix, np.array):
            found, expected = (e.inverse_transform(kind(np.array(rows, float))) for e in (fitted, plain))
            assert found.tolist() == expected.tolist() and found.dtype == expected.dtype


def test_an_encoder_of_ones_own_stays():
    own = OneHotEncoder()
    assert quick_decoding(SMOTENC("auto", categorical_encoder=own)).categorical_encoder is own
