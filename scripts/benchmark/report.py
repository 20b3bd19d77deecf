"""The measurements, stored part by part, and the report made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark import parts, tiny_peer
from imbench.records.record import RunFolder
from imbench.reports.table import markdown_table
from imbench.runs.environment import commit_text, git_state, package_versions, processor

REPORT = "benchmark.md"
#: Packages whose versions a measurement names.
PACKAGES = ("torch", "transformers", "be-great", "mostlyai-engine")


class Store:
    """A folder with one JSON file a part."""

    def __init__(self, folder: Path):
        self.folder = RunFolder(folder)

    def read(self, part: str) -> list[dict[str, Any]]:
        """What is stored of a part."""
        stored = self.folder.read(f"{part}.json")
        return stored["measured"] if stored else []

    def write(self, part: str, measured: list[dict[str, Any]]) -> None:
        """Store a part with the machine and the commit it was measured on."""
        self.folder.write_json(f"{part}.json", {"where": where(), "measured": measured})

    def add(self, part: str, new: dict[str, Any], same: tuple[str, ...]) -> None:
        """Add one measurement in the place of an older one with equal entries ``same``."""
        rest = [m for m in self.read(part) if any(m[w] != new[w] for w in same)]
        self.write(part, [*rest, new])

    def report(self) -> Path:
        """Write ``benchmark.md``; returns where it is."""
        lines = [
            "# Speed",
            "",
            "Written by `scripts/benchmark.py`; ratios of medians, both sides in one run.",
        ]
        for part, table in TABLES.items():
            stored = self.folder.read(f"{part}.json")
            if stored:
                lines += ["", *table(stored["measured"]), "", f"Measured on: {_where_text(stored['where'])}."]
        self.folder.write_text(REPORT, "\n".join(lines) + "\n")
        return self.folder.path / REPORT


def measure(part: str, datasets: list[str], options: Any, store: Store) -> None:
    """Measure one part and store the results, dataset by dataset."""
    if part == "great":
        size = {"n_layer": options.layers, "n_embd": options.width, "n_head": max(1, options.width // 64)}
        for dataset in datasets or parts.DATASETS:
            rows = parts.Rows.of(dataset, options.data_dir)
            for precision in options.precisions or parts.precisions(options.device):
                found = parts.against_be_great(
                    rows, precision, options.device, size, options.alternations, options.steps, options.rows
                )
                store.add(part, found, ("table", "precision", "device"))
    elif part == "tiny":
        tiny_peer.warm_up(options.data_dir)
        for dataset in datasets or tiny_peer.DATASETS:
            found = tiny_peer.against_peer(dataset, options.alternations, options.data_dir)
            store.add(part, found, ("table",))
        if tiny_peer.SAMPLED in (datasets or tiny_peer.DATASETS):
            store.add(part, tiny_peer.sampling(options.alternations, options.data_dir), ("table",))
    elif part == "scaling":
        store.write(part, parts.scaling((5, 10, 20, 50, 100, 200), (2, 10, 100, 1000, 5000)))
    elif part == "sweep":
        from benchmark.sweep_cost import sweep_cost

        store.write(part, sweep_cost(options.alternations))
    elif part == "scale":
        from benchmark.reference import store_reference_timings
        from benchmark.scale import scale

        store_reference_timings(store.folder.path)
        store.write(part, scale())
    else:
        from benchmark.harness import harness

        store.write(part, harness())


def where() -> dict[str, Any]:
    """Machine, packages and commit."""
    import torch

    versions = package_versions()
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        **git_state(), "processor": processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(), "gpu": gpu,
        "threads": torch.get_num_threads(),
        "packages": {n: versions[n] for n in PACKAGES if n in versions},
    }  # fmt: skip


def _where_text(place: dict[str, Any]) -> str:
    packages = ", ".join(f"{n} {v}" for n, v in place["packages"].items())
    machine = place["gpu"] or f"{place['processor']} {place['instructions']}, one thread"
    return f"{machine}; {packages}; commit {commit_text(place)}"


def _great(found: list[dict[str, Any]]) -> list[str]:
    header = ["dataset", "precision", "step: ours / be_great (s)", "fine-tuning", "row: ours / be_great (s)",
              "sampling", "matrix rate (GFLOP/s)", "share: fine-tuning", "share: sampling"]  # fmt: skip
    rows = [
        [m["table"], m["precision"], f"{m['step']['ours']:.2f} / {m['step']['be_great']:.2f}",
         f"**{m['finetune_ratio']:.1f}×**", f"{m['row']['ours']:.3f} / {m['row']['be_great']:.3f}",
         f"**{m['sample_ratio']:.1f}×**", f"{m['matmul_gflops']:.0f}", f"{m['finetune_share']:.0%}",
         f"{m['sample_share']:.0%}"]
        for m in found
    ]  # fmt: skip
    first = found[0]
    return [
        "## distilgpt2's architecture beside be_great", "", *markdown_table(header, rows), "",
        f"Medians of {first['alternations']} alternations of {first['steps']} steps and "
        f"{first['sampled_rows']} rows. be_great: as published, float32, whole vocabulary; its rows are all "
        "counted as complete, and have the tokens of an average row. Ours: the vocabulary cut to the tokens "
        "of the dataset, complete rows under the grammar. Seconds are CPU seconds of one thread, on a GPU "
        "wall seconds. Shares are of the matrix-multiply rate in the same "
        "run.",
    ]  # fmt: skip


def _tiny(found: list[dict[str, Any]]) -> list[str]:
    header = ["dataset", "synthetic rows", "tiny (CPU s)", "TabularARGN (CPU s)", "tiny / TabularARGN",
              "F1: tiny", "F1: TabularARGN", "AP: tiny", "AP: TabularARGN"]  # fmt: skip
    return [
        "## ImbLLM with llm=tiny beside TabularARGN, fit and sample", "",
        *markdown_table(header, tiny_peer.lines(found)), "",
        f"Imbalance ratio {tiny_peer.RATIO}; CPU seconds are medians of {found[0]['alternations']} "
        "alternations, one seed each; F1 and average precision (AP) are their means, XGBoost, corrected. "
        "TabularARGN is fitted on the minority rows and sampled up to balance.",
    ]  # fmt: skip


def _scaling(found: list[dict[str, Any]]) -> list[str]:
    header = ["columns", "categories", "tokens a row", "fine-tuning, rows/s", "sampling, rows/s"]
    rows = [
        [str(m["columns"]), str(m["categories"]), f"{m['tokens_a_row']:.0f}",
         f"{m['rows_a_second_finetune']:.0f}", f"{m['rows_a_second_sample']:.0f}"]
        for m in found
    ]  # fmt: skip
    return ["## llm=tiny_text against columns and categories", "", *markdown_table(header, rows), "",
            "Half of the columns are numbers of three digits, half categories."]  # fmt: skip


def _harness(found: list[dict[str, Any]]) -> list[str]:
    return ["## The harness itself", "", *_costs(found)]


def _sweep(found: list[dict[str, Any]]) -> list[str]:
    rows = [
        [m["what"], *(f"{m[n]:.2f}" for n in ("seconds", "cpu_seconds")),
         *(f"{m[n]:.3f}" for n in ("ratio", "cpu_ratio"))]
        for m in found
    ]  # fmt: skip
    header = ["what", "seconds", "CPU seconds", "wall / bare loop", "CPU / bare loop"]
    return ["## A sweep beside a bare loop", "", *markdown_table(header, rows), "",
            f"Medians of {found[0]['alternations']} alternations; each side is a process of its own, its "
            "start-up and imports included."]  # fmt: skip


def _scale(found: list[dict[str, Any]]) -> list[str]:
    return ["## Many runs", "", *_costs(found), "", "What follows from it: `docs/scale.md`."]


def _costs(found: list[dict[str, Any]]) -> list[str]:
    """Seconds or bytes of each part; CPU seconds leave out what a busy machine adds to the wall time."""
    rows = [
        [m["what"], *(f"{m[w]:.3f}" if w in m else "–" for w in ("seconds", "cpu_seconds")),
         f"{m['bytes']:,.0f}" if "bytes" in m else "–"]
        for m in found
    ]  # fmt: skip
    return markdown_table(["what", "seconds", "CPU seconds", "bytes"], rows)


TABLES = {"great": _great, "tiny": _tiny, "scaling": _scaling, "harness": _harness, "sweep": _sweep,
          "scale": _scale}  # fmt: skip
