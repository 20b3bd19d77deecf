"""Measure where fine-tuned models style: the numbers of Figure 2.

    python scripts/attention.py dataset=german            ImbLLM's model under permute_xy and fix_y
    python scripts/attention.py dataset=car seed=1 llm=smollm2

Takes the overrides of ``run.py``. Fine-tunes each model (or finds it among the stored ones) and
writes a small file for each ordering into ``results/attention``.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, train, measure, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("overrides", nargs="*", help="as for run.py: dataset=german seed=0 …")
    parser.add_argument("--orderings", nargs="+", default=["permute_xy", "fix_y"])
    parser.add_argument("--sentences", type=int, default=256, help="minority sentences to average over")
    parser.add_argument("--out", default="results/attention")
    arguments = parser.parse_args()

    from omegaconf import OmegaConf

    from imbench.runs.measure_attention import measure_attention
    from imbench.utils.allowed_classes import trusting
    from imbench.utils.config import compose

    for ordering in arguments.orderings:
        overrides = ["method=imbllm", *arguments.overrides, f"method.ordering={ordering}"]
        config = compose(overrides)
        OmegaConf.resolve(config)
        with trusting(config.get("trust_config", False)):
            file = measure_attention(config, arguments.sentences, from_root(arguments.out))
        print("written:", shown(file), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
