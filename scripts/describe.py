"""Show how a CSV file is read: ``python scripts/describe.py FILE --target COLUMN [option=value …]``.
Or show the datasets of a suite: ``python scripts/describe.py suite=natural``.

One line a column (kind, how it was decided, different values, missing cells, examples), the classes of the
target, and warnings. The options are those of ``dataset=csv`` (``conf/dataset/csv.yaml``), for example
``separator=;`` ``ignore=[id]``. Of a suite, a Markdown table: one line a dataset with its source, origin,
rows, columns of each kind, missing cells and minority. Nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import warnings

from imbench.utils.cli import exit_code

SUITE = "suite="


def describe_suite(name: str, parser: argparse.ArgumentParser, options: list[str]) -> int:
    """Print the table of a suite's datasets and a line of totals."""
    from imbench.data.suite_facts import facts_of, facts_table
    from imbench.reports.suite import suite_of

    if options:
        parser.error(f"{options[0]} is an option of a file; {SUITE}{name} has none")
    facts = [facts_of(dataset) for dataset in suite_of(name).datasets]
    print(facts_table(facts))
    mixed = sum(f.two_valued + f.categorical > 0 for f in facts)
    print(
        f"\n{len(facts)} datasets of {len({f.source for f in facts})} sources, "
        f"{mixed} with categorical columns, {sum(f.rows for f in facts):,} rows"
    )
    return 0


def main() -> int:
    """Parse the command line, read the file, print how it was read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="a CSV file, or suite=NAME (one of conf/suite)")
    parser.add_argument("--target", help="the column with the labels")
    parser.add_argument("options", nargs="*", metavar="option=value", help="options of dataset=csv")
    arguments = parser.parse_intermixed_args()
    if arguments.file.startswith(SUITE) and arguments.target is None:
        return describe_suite(arguments.file.removeprefix(SUITE), parser, arguments.options)
    if arguments.target is None:
        parser.error("the following arguments are required: --target")

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
