"""Feed the program strange and hostile input for a time: ``python -m tests.fuzz all --minutes 20``.

    csv        any file as dataset=csv, any options beside it
    sentences  generated text and tokens, read back to cells
    overrides  run.py with strange options
    records    broken and malicious files in a results folder, read by reports and by a resume
    all        one after the other, the minutes in equal shares

What fails in any way but with a message for a person goes to tests/fuzz/corpus, where the tests replay it,
and every call adds a line to results/fuzz/fuzz.md. Without --seed each call draws new inputs. Exits with 1
when something was found. --engine atheris (pip install atheris) follows new branches of csv and sentences.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

from imbench.utils.cli import exit_code
from imbench.utils.paths import ROOT, from_root, shown
from tests.fuzz.part import PARTS, part_of

CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def main() -> int:
    """Fuzz the parts that were asked for, keep what they find, print a line a part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", default="all", choices=(*PARTS, "all"))
    parser.add_argument("--minutes", type=float, default=5.0, help="of all parts together")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--engine", choices=("hypothesis", "atheris"), default="hypothesis")
    parser.add_argument("--memory-gb", type=float, default=16.0, help="of address space; more is a finding")
    parser.add_argument("--out", default="results/fuzz")
    options = parser.parse_args()
    if options.engine == "atheris" and options.part not in ("csv", "sentences"):
        parser.error(
            "atheris drives the parts csv and sentences alone: the others are slow, and mostly Hydra's"
        )

    from tests.fuzz.drive import fuzz
    from tests.fuzz.findings import add

    most = int(options.memory_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    parts = PARTS if options.part == "all" else (options.part,)
    seed = random.SystemRandom().randrange(2**31) if options.seed is None else options.seed
    found = 0
    for name in parts:
        seconds = 60 * options.minutes / len(parts)
        if options.engine == "atheris":
            from tests.fuzz.covered import fuzz_covered

            result = fuzz_covered(name, seconds, seed, CORPUS / name)
        else:
            result = fuzz(part_of(name), seconds, seed, CORPUS / name)
        page = add(from_root(options.out), result, seed, options.engine, CORPUS)
        found += len(result.findings)
        print(f"{name}: {result.inputs:,} inputs in {result.seconds:.0f} s, seed {seed}: "
              f"{len(result.findings)} findings", flush=True)  # fmt: skip
        for name, file in result.findings.items():
            print(f"  {name}\n    {file}", flush=True)
    print("written:", shown(page))
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(exit_code(main))
