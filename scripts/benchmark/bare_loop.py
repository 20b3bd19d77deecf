"""The runs of :mod:`benchmark.sweep_cost` without the harness: ``python bare_loop.py CONFIGS FOLDER SEEDS``.

For each configuration and seed the calls that a run consists of: load, split, fit and resample, fit and
predict, score, quality, and the record's files. No options, keys, locks, phases, journal or MLflow.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")


def main(configs: list[dict], folder: Path, seeds: int) -> None:
    """Make every run; its files lie in ``folder/<number>``."""
    from imbench.data.catalogue import load_dataset
    from imbench.data.split import split_dataset
    from imbench.records.record import ROWS, RunFolder
    from imbench.runs import generation
    from imbench.samplers.build import build_method
    from imbench.scoring.evaluate import predict, score
    from imbench.scoring.quality import quality_scores
    from imbench.utils.files import write_parquet

    for number, config in enumerate(configs):
        for seed in range(seeds):
            split = split_dataset(load_dataset(config["dataset"]), seed, config["imbalance_ratio"])
            method = build_method(config["method"], seed)
            rows = split.complete if method.trains_on == "complete" else split.train
            generated = generation.generate(split, rows, method)
            training = generation.training_set(split, rows, generated)
            predictions = predict(split, rows, training, config["classifier"], seed, method.class_weight)
            scores = score(predictions)
            quality = quality_scores(split, generation.is_of_class(generated, split, split.minority))
            run = RunFolder(folder / f"{number}-{seed}")
            write_parquet(run.path / ROWS, generated.rows)
            run.write_predictions(predictions)
            run.write_json("config.json", config)
            run.write_json("ledger.json", generated.ledger)
            run.write_json("scores.json", {"classifiers": scores, "quality": quality})


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]), int(sys.argv[3]))
