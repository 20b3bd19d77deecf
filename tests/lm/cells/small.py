"""A small joint table that is known exactly, and a model fitted on rows in just its proportions."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd

from imbench.lm.cells.cell_plan import CellPlan
from imbench.lm.interface import Sampling
from imbench.lm.text.columns import Column
from imbench.samplers.llm.ordering import Ordering

COLUMNS = (
    Column("kind", ("a", "b", "c")),
    Column("size", None, 0, 1, 3, has_missing=True),
    Column("colour", ("blue", "red")),
    Column("Y", ("0", "1")),
)
#: As they are: temperature 1 and every code.
PLAIN = Sampling(temperature=1.0, top_k=0, batch=512)
VALUES = [("a", "b", "c"), ("1", "2", "3", None), ("blue", "red"), ("0", "1")]
CELLS = list(product(*(range(len(v)) for v in VALUES)))


def trained(**training):
    """A model of the joint table's rows, all columns shuffled."""
    order = Ordering("permute_xy", len(COLUMNS) - 1)
    llm = {"name": "tiny", "source": "cells", "training": training}
    return CellPlan.make(COLUMNS, [corpus()], order, "permute_xy", llm, 0).train()


@cache
def joint():
    """Probabilities of all rows, shape of the columns' codes; every two columns depend on each other."""
    rng = np.random.default_rng(3)
    counts = np.exp(0.8 * rng.normal(size=[len(v) for v in VALUES]))
    counts = np.maximum(1, (2000 * counts / counts.sum()).round())
    return counts / counts.sum(), counts.astype(int)


def row_frame(codes):
    codes = np.asarray(codes)
    found = {c.name: [VALUES[j][k] for k in codes[:, j]] for j, c in enumerate(COLUMNS)}
    return pd.DataFrame({**found, "size": [np.nan if v is None else float(v) for v in found["size"]]})


def corpus():
    codes = [cell for cell in CELLS for _ in range(joint()[1][cell])]
    return row_frame(codes)


def counted(rows):
    """How often each row of the joint table is among ``rows``."""
    found = np.zeros([len(v) for v in VALUES])
    codes = [
        pd.Index(VALUES[j]).get_indexer(rows[c.name].where(rows[c.name].notna(), None)) if not c.is_number
        else np.where(rows[c.name].isna(), 3, rows[c.name].fillna(1) - 1).astype(int)
        for j, c in enumerate(COLUMNS)
    ]  # fmt: skip
    np.add.at(found, tuple(codes), 1)
    return found


@cache
def fitted():
    return trained(steps=1500, batch=128)
