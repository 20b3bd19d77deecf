"""Maps: training, unseen and synthetic minority rows of a dataset in one plane, as small JSON files.

The synthetic rows of a run stay on the machine that generated them (see ``runs.generation``). A map keeps a
few of them as points, so that the page can show any dataset and methods without the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imbench.errors import StorageError
from imbench.records.record import CONFIG, DONE
from imbench.records.store import find
from imbench.reports.select import Run, Selection, select
from imbench.runs.environment import commit_text
from imbench.utils.files import parse_yaml, read_json, write_json

if TYPE_CHECKING:
    import pandas as pd

    from imbench.data.split import Split
    from imbench.scoring.encodings import DistanceEncoder

SEED = 0
POINTS = 150
DECIMALS = 3
#: Measures of the drawn rows, by which a record of the same key is known to be scored on the same rows: a
#: generator that trains a network may make others on another machine.
MEASURED = ("entropy_columns", "dcr_test_median")
#: How far a recomputed point may lie from the stored one before the two planes count as different.
SAME_PLANE = 2 * 10**-DECIMALS


@dataclass(frozen=True)
class Plane:
    """The first two principal components of the minority of the training part before its reduction.

    These are the reference rows of the quality measures, in their encoding (continuous scaled to [0, 1],
    categorical one-hot), so every method's rows are projected in the same way. ``components`` is
    2 × encoded columns; ``explained`` are the two shares of the variance.
    """

    encoder: DistanceEncoder
    middle: np.ndarray
    components: np.ndarray
    explained: tuple[float, float]

    @classmethod
    def fit(cls, split: Split) -> Plane:
        """The plane of one split; the same split gives the same plane."""
        from sklearn.decomposition import PCA

        from imbench.scoring.encodings import DistanceEncoder

        encoder = DistanceEncoder.fit(split.complete.features, split.schema)
        rows = encoder.transform(split.complete.of_class(split.minority))
        count = min(2, *rows.shape)
        pca = PCA(n_components=count, svd_solver="full").fit(rows)
        signs = np.sign(pca.components_[np.arange(count), np.abs(pca.components_).argmax(axis=1)])
        components = np.zeros((2, rows.shape[1]))
        components[:count] = pca.components_ * signs[:, None]
        shares = np.zeros(2)
        shares[:count] = np.nan_to_num(pca.explained_variance_ratio_)
        return cls(encoder, rows.mean(axis=0), components, (float(shares[0]), float(shares[1])))

    def points(self, features: pd.DataFrame) -> dict[str, Any]:
        """At most ``POINTS`` of the rows, drawn with a fixed seed, as lists ``x`` and ``y``.

        ``rows`` is how many rows there are in all.
        """
        chosen = np.arange(len(features))
        if len(features) > POINTS:
            chosen = np.sort(np.random.default_rng(SEED).choice(len(features), POINTS, replace=False))
        encoded = self.encoder.transform(features.iloc[chosen])
        # + 0.0: a rounded minus zero is written as zero
        placed = np.round((encoded - self.middle) @ self.components.T, DECIMALS) + 0.0
        return {"rows": len(features), "x": placed[:, 0].tolist(), "y": placed[:, 1].tolist()}


@dataclass
class DrawnMap:
    """What became of one dataset's map: methods drawn now, kept from before, and without stored rows."""

    dataset: str
    path: Path
    drawn: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def draw_maps(
    runs: Iterable[Mapping[str, Any]], runs_dir: Path, out: Path, data_dir: str | None = None
) -> list[DrawnMap]:
    """Draw or renew ``out/<dataset>.json`` from the rows kept below ``runs_dir``, seed 0 of each method.

    Methods whose rows are not there keep the points that the file has already. Raises
    :class:`StorageError` when a stored map was drawn in another plane.
    """
    runs = [r for r in runs if r["status"] == DONE]
    by_dataset: dict[str, dict[str, Mapping[str, Any]]] = {}
    for llm in sorted({str(r["llm"]) for r in runs if r["llm"]}) or [None]:
        for (dataset, method), seeds in select(runs, Selection(seeds=(SEED,), llm=llm)).items():
            run = seeds[SEED]
            if run["ledger_added"] and run["llm"] in (None, llm):
                by_dataset.setdefault(dataset, {})[name_of(method, run["llm"])] = run
    return [_draw(d, group, runs_dir, out, data_dir) for d, group in sorted(by_dataset.items())]


def name_of(method: str, llm: str | None) -> str:
    """The name of a method's points: with its model, if it has one."""
    return f"{method} ({llm})" if llm else method


def load_maps(folder: Path) -> dict[str, dict[str, Any]]:
    """The stored maps by dataset."""
    return {
        path.stem: content
        for path in sorted(folder.glob("*.json"))
        if (content := read_json(path)) is not None
    }


def same_rows(entry: Mapping[str, Any], run: Mapping[str, Any]) -> bool:
    """Whether the points of a stored map are from the very rows that this flat run was scored on."""
    measured = {m: run.get(m) for m in MEASURED}
    if None in (*measured.values(), *entry["measured"].values()):
        return measured == entry["measured"]
    return all(bool(np.isclose(entry["measured"][m], value, rtol=1e-6)) for m, value in measured.items())


def _draw(
    dataset: str, group: Mapping[str, Run], runs_dir: Path, out: Path, data_dir: str | None
) -> DrawnMap:
    from imbench.runs import generation

    before = read_json(out / f"{dataset}.json") or {}
    result = DrawnMap(dataset, out / f"{dataset}.json")
    stages = {n: generation.stage_folder(runs_dir, r["generation_key"]) for n, r in group.items()}
    stored = {name for name, stage in stages.items() if (stage / generation.MARKER).is_file()}
    methods = dict(before.get("methods", {}))
    result.kept = sorted(methods)
    result.absent = sorted(set(group) - stored - set(methods))
    if not stored:
        return result
    split = _split(runs_dir, group[min(stored)]["key"], data_dir)
    plane = Plane.fit(split)
    content = _real(dataset, split, plane)
    _check_same_plane(before, content, result.path)
    for name in sorted(stored):
        rows = generation.load(stages[name], split)
        if rows is None:
            result.absent += [name] if name not in methods else []
            continue
        run = group[name]
        methods[name] = {
            "method": run["method"], "llm": run["llm"], "run": run["key"],
            "generation": run["generation_key"], "commit": commit_text(run),
            "measured": {measure: run.get(measure) for measure in MEASURED},
            **plane.points(generation.is_of_class(rows, split, split.minority)),
        }  # fmt: skip
        result.drawn.append(name)
    result.kept = sorted(set(result.kept) - set(result.drawn))
    write_json(result.path, content | {"methods": dict(sorted(methods.items()))})
    return result


def _split(runs_dir: Path, key: str, data_dir: str | None) -> Split:
    """The split of a stored run. Raises :class:`StorageError` where its configuration is unreadable."""
    from imbench.data.catalogue import load_dataset
    from imbench.data.split import split_dataset
    from imbench.runs.options import check_config

    record = find(runs_dir, key)
    config = parse_yaml(record.content(CONFIG)) if record else None
    if config is None:
        raise StorageError(
            f"Run '{key}' in '{runs_dir}' has no readable {CONFIG}. Delete it and run it anew."
        )
    check_config(config | {"runs_dir": str(runs_dir)})
    dataset = load_dataset(config["dataset"], data_dir)
    return split_dataset(dataset, int(config["seeds"]["split"]), config["imbalance_ratio"])


def _real(dataset: str, split: Split, plane: Plane) -> dict[str, Any]:
    minority = split.complete.of_class(split.minority)
    training = minority.index.isin(split.train.of_class(split.minority).index)
    return {
        "dataset": dataset,
        "minority": split.schema.classes[split.minority],
        "seed": SEED,
        "split": split.hash,
        "explained": [round(share, 4) for share in plane.explained],
        "training": plane.points(minority[training]),
        "unseen": plane.points(minority[~training]),
    }


def _check_same_plane(before: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    if not before:
        return
    same = before["split"] == now["split"] and all(
        np.allclose(before[kind][axis], now[kind][axis], rtol=0, atol=SAME_PLANE)
        for kind in ("training", "unseen")
        for axis in ("x", "y")
    )
    if not same:
        raise StorageError(
            f"The map '{path}' was drawn in another plane (another split of the dataset, or another version "
            "of the encoding). Delete the file and draw the methods anew."
        )
