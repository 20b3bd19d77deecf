"""Compare pretrained with random weights, by the protocol of docs/pretrained.md.

    python scripts/pretrained.py measure      held-out likelihood and valid free rows of stored models
    python scripts/pretrained.py table        the table and the tests of what is stored

``measure`` needs the fine-tuned models (``.models`` in the runs folder) and skips what is measured; ``table``
needs records and measures only.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown

MEASURES, TABLE = "heldout.json", "pretrained.md"
#: Imbalance and interpolation ratio of the protocol; a variant does not hold them.
RATIOS = (0.2, 1.0)


def main() -> int:
    """Measure, or write the table and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("measure", "table"))
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--out", default="results/pretrained")
    options = parser.parse_args()

    from imbench.records.record import DONE, RunFolder
    from imbench.records.store import records
    from imbench.reports.pretraining import planned_variants, report
    from imbench.runs.generation import MODELS
    from imbench.runs.measure_heldout import measure_heldout

    runs_dir, folder = from_root(options.runs_dir), RunFolder(from_root(options.out))
    measured = folder.read(MEASURES) or {}
    variants, chosen = planned_variants(), {}
    for record in records(runs_dir):
        status = record.status() or {}
        variant = variants.get((status.get("method"), status.get("llm")))
        same = variant is not None and status.get("variant") == variant
        if (
            same
            and status["state"] == DONE
            and (status["imbalance_ratio"], status["interpolation_ratio"]) == RATIOS
        ):
            chosen[record.key] = record
    if options.what == "measure":
        for key, record in chosen.items():
            if key not in measured:
                found = measure_heldout(record, runs_dir / MODELS)
                print(key, found or "its model is not stored here", flush=True)
                if found is not None:
                    measured[key] = found
                    folder.write_json(MEASURES, measured)
        return 0
    text = report(list(chosen.values()), measured)
    folder.write_text(TABLE, text)
    print(text)
    print("written:", shown(folder.path / TABLE))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
