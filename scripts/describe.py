"""Show how a CSV file is read: ``python scripts/describe.py FILE --target COLUMN [option=value …]``.

One line a column (kind, how it was decided, different values, missing cells, examples), the classes of the
target, and warnings. The options are those of ``dataset=csv`` (``conf/dataset/csv.yaml``), for example
``separator=;`` ``ignore=[id]``. Nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import warnings

from imbench.utils.cli import exit_code


def main() -> int:
    """Parse the command line, read the file, print how it was read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="a CSV file")
    parser.add_argument("--target", required=True, help="the column with the labels")
    parser.add_argument("options", nargs="*", metavar="option=value", help="options of dataset=csv")
    arguments = parser.parse_intermixed_args()

    from imbench.data.catalogue import load_dataset
    from imbench.data.own_file import describe
    from imbench.utils.config import compose, plain
    from imbench.utils.overrides import as_override, quote_values

    given = [f"dataset.{option.removeprefix('dataset.')}" for option in arguments.options]
    own = [as_override("dataset.path", arguments.file), as_override("dataset.target", arguments.target)]
    config = plain(compose(["dataset=csv", *own, *quote_values(given)]).dataset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are part of the description
        dataset = load_dataset(config)
    print("\n".join(describe(dataset)))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
