"""Pack run records into an archive, unpack them, or list the archives of a runs folder.

    python scripts/archive.py pack paper                 all ended runs of results/runs
    python scripts/archive.py pack mine --remove         and remove the packed folders
    python scripts/archive.py unpack paper               folders again, byte for byte
    python scripts/archive.py list

An archive is up to three files in results/archive: NAME.records.parquet, NAME.predictions.parquet and (for
runs with tuning.folds) NAME.out_of_fold.parquet. Reports, status
and run.py read folders and archives together. Packing into an archive that exists adds to it. Synthetic
rows are not packed: they stay in .stages of the runs folder.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from imbench.errors import StorageError
from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Run the chosen command; the exit code is 0 unless an error is reported."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("pack", "unpack", "list"):
        command = commands.add_parser(name)
        command.add_argument("--runs-dir", default="results/runs")
        if name != "list":
            command.add_argument("name", help="the archive's name")
    commands.choices["pack"].add_argument(
        "--remove", action="store_true", help="remove each folder that was packed and compared equal"
    )
    commands.choices["unpack"].add_argument(
        "--replace", action="store_true", help="also replace folders of ended runs"
    )
    options = parser.parse_args()
    runs_dir = from_root(options.runs_dir)
    if options.command == "pack":
        _pack(runs_dir, options.name, options.remove)
    elif options.command == "unpack":
        from imbench.records.archive import open_archive, unpack

        count = unpack(open_archive(runs_dir, options.name).runs(), runs_dir, options.replace)
        print(f"{count} folders written to {shown(runs_dir)}")
    else:
        _list(runs_dir)
    return 0


def _pack(runs_dir: Path, name: str, remove: bool) -> None:
    from imbench.records.archive import Archive, differences, pack, records_path
    from imbench.records.prediction_files import TABLES
    from imbench.records.record import iterate

    path = records_path(runs_dir, name)
    folders = [folder for folder in iterate(runs_dir) if folder.status() is not None]
    count = pack(folders, path)
    archive = Archive(path)
    keys = {folder.key for folder in folders}
    found = {table.file: dict(archive.predictions(keys, table)) for table in TABLES}
    for folder in folders:
        run, own = archive.find(folder.key), {file: by_key.get(folder.key) for file, by_key in found.items()}
        wrong = ["record"] if run is None else differences(folder, run, own)
        if wrong:
            raise StorageError(f"'{folder.path}' and its archived copy differ in {', '.join(wrong)}.")
    for folder in folders if remove else ():
        shutil.rmtree(folder.path)
    print(f"{count} runs in {shown(path)}, {len(folders)} of them packed now and compared equal")


def _list(runs_dir: Path) -> None:
    from imbench.records.prediction_files import OUT_OF_FOLD, TABLES
    from imbench.records.store import archives

    for archive in archives(runs_dir):
        files = [p for p in (archive.path, *map(archive.path_of, TABLES)) if p.is_file()]
        size = sum(p.stat().st_size for p in files) / (1 << 20)
        print(
            f"{archive.name}: {len(archive.positions)} runs, {archive.predicted()} with predictions, "
            f"{archive.predicted(OUT_OF_FOLD)} of them out of fold, "
            f"{size:.1f} MiB"
        )


if __name__ == "__main__":
    sys.exit(exit_code(main))
