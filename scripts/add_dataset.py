"""Write conf/dataset/NAME.yaml for a delimited text file, so that it is a dataset like the others.

    python scripts/add_dataset.py mine.csv --target label
    python scripts/add_dataset.py prices.csv --target price --cut 100 low high --separator ';' --name prices

The file's checksum, the classes and the kind of each column are stated in the YAML, which can be edited; each
decision is printed. Columns of numbers with more than two values are continuous, the others categorical.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imbench.errors import ConfigError
from imbench.utils.cli import exit_code
from imbench.utils.paths import CONF, shown
from imbench.utils.text import check_name, file_name_part

if TYPE_CHECKING:
    from imbench.data.dataset import Dataset

#: Options of the file that the YAML repeats where they differ from a plain published file's.
READING = (
    "detect", "separator", "encoding", "decimal", "thousands", "dates", "missing", "missing_defaults",
    "drop_missing", "labels", "duplicates", "cut",
)  # fmt: skip


def main() -> int:
    """Read the file, print what was decided for each column, write the YAML."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="a delimited text file with a header line")
    parser.add_argument("--target", required=True, help="the column of the classes")
    parser.add_argument("--name", help="the dataset's name (default: the file's)")
    parser.add_argument("--separator", default="auto", help="one character, tab, or auto (default)")
    parser.add_argument("--continuous", nargs="*", default=[], metavar="COLUMN", help="set columns' kind")
    parser.add_argument("--categorical", nargs="*", default=[], metavar="COLUMN", help="set columns' kind")
    parser.add_argument("--ignore", nargs="*", default=[], metavar="COLUMN", help="leave columns out")
    parser.add_argument("--drop-missing", action="store_true", help="leave rows with missing values out")
    parser.add_argument("--cut", nargs=3, metavar=("NUMBER", "BELOW", "FROM"), help="two classes of a number")
    parser.add_argument("--out", default=CONF / "dataset", type=Path, help="folder of the YAML")
    parser.add_argument("--force", action="store_true", help="replace a YAML of this name")
    options = parser.parse_args()

    from imbench.data.own_file import describe

    path = Path(options.file).expanduser()
    name = check_name(options.name or file_name_part(path.stem), "--name")
    target = options.out.absolute() / f"{name}.yaml"
    if target.exists() and not options.force:
        raise ConfigError(f"'{shown(target)}' exists. Choose another --name, or --force to replace it.")
    config, dataset = described(path, name, options)
    for line in [*describe(dataset), *(f"left out: {column}" for column in config["ignore"])]:
        print(line)
    config.pop("ignore")
    write(target, config)
    print(f"written: {shown(target)}")
    print(f"run it:  python run.py dataset={name} dataset.path={options.file} method=smotenc")
    print(f"         or without dataset.path, with {path.name} in the folder of data_dir= or IMBENCH_DATA")
    return 0


def described(path: Path, name: str, options: argparse.Namespace) -> tuple[dict[str, Any], Dataset]:
    """The dataset's configuration, and the dataset as a run loads it."""
    from imbench.data.catalogue import load_dataset
    from imbench.data.dataset import rows_checksum
    from imbench.utils.config import entry

    config = entry("dataset", "csv") | {
        "name": name, "source": name, "path": str(path), "target": options.target,
        "separator": options.separator, "detect": True,
        "continuous": options.continuous, "categorical": options.categorical,
        "ignore": options.ignore, "drop_missing": options.drop_missing,
    }  # fmt: skip
    if options.cut:
        number, below, above = options.cut
        config["cut"] = {"cut": _number(number), "below": below, "from": above}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are part of the description
        dataset = load_dataset(config)
    schema = dataset.schema
    return config | {
        "path": None, "file": check_name(path.name, "the file's name"), "sha256": dataset.checksum,
        "rows_sha256": rows_checksum(dataset.features, dataset.labels, schema.classes),
        "classes": list(schema.classes), "continuous": list(schema.continuous),
        "categorical": list(schema.categorical),
    }, dataset  # fmt: skip


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f"--cut {text} BELOW FROM: {text} is no number.") from error


def write(path: Path, config: dict[str, Any]) -> None:
    """Write the YAML; lists on one line."""
    import yaml

    from imbench.utils.files import write_text

    order = ("name", "source", "file", "path", "url", "sha256", "rows_sha256", "target", "classes", *READING,
             "continuous", "categorical")  # fmt: skip
    lines = ["# Written by scripts/add_dataset.py. The file is at dataset.path, or in a data folder."]
    for option in order:
        text = yaml.safe_dump(
            config.get(option), default_flow_style=True, width=100, allow_unicode=True, sort_keys=False
        )
        text = text.removesuffix("...\n").rstrip().replace("\n", "\n  ")
        lines.append(f"{option}: {text}")
    write_text(path, "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(exit_code(main))
