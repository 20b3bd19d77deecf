"""Measure how fast the language models and the harness are: ``python scripts/benchmark.py``, or parts of it.

    great    fine-tuning and sampling of distilgpt2's architecture beside be_great, one thread each
    tiny     CPU time and scores of ImbLLM with llm=tiny beside TabularARGN, and sampling of 10,000 rows
    scaling  rows a second of llm=tiny_text against the number of columns and of categories
    harness  seconds that the harness itself adds to a run, and the start-up of its commands
    sweep    a sweep of 100 short runs beside a bare loop over the same calls
    scale    what 10,000 stored runs cost: records, reports, MLflow, composition, git; also measures this
             machine's reference timings, by which `scripts/status.py estimate=true` scales the times of
             other machines

Each part is stored in ``results/benchmark/<part>.json`` as soon as it is measured; the report in
``results/benchmark/benchmark.md`` is made of the stored parts. Run it on a quiet machine; ratios count.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown

PARTS = ("great", "tiny", "scaling", "harness", "sweep", "scale")


def main() -> int:
    """Measure the requested parts, store them, print the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
    parser.add_argument("--datasets", default=None, help="of `great` (german,adult) and `tiny` (ten)")
    parser.add_argument("--alternations", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2, help="fine-tuning steps in a measurement")
    parser.add_argument("--rows", type=int, default=100, help="rows sampled in a measurement")
    parser.add_argument("--layers", type=int, default=6, help="layers of the network (distilgpt2: 6)")
    parser.add_argument("--width", type=int, default=768, help="its width (distilgpt2: 768, 12 heads)")
    parser.add_argument(
        "--precisions", nargs="+", choices=("fp32", "bf16"), help="of `great`; default: all of the device"
    )
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--out", default="results/benchmark")
    options = parser.parse_args()
    unknown = [p for p in options.parts if p not in PARTS]
    if unknown:
        parser.error(f"'{unknown[0]}' is not a part; parts are {', '.join(PARTS)}")

    import torch
    from benchmark.parts import check_datasets
    from benchmark.report import Store, measure

    torch.set_num_threads(1)
    datasets = options.datasets.split(",") if options.datasets else []
    check_datasets(datasets)
    store = Store(from_root(options.out))
    for part in options.parts or PARTS:
        measure(part, datasets, options, store)
    path = store.report()
    print(path.read_text(encoding="utf-8"))
    print("written:", shown(path))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
