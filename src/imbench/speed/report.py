"""What was measured, stored part by part, and the report made of it."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

from imbench.speed import parts


class Store:
    """A folder with one JSON file a part."""

    def __init__(self, folder: Path):
        self.folder = folder

    def read(self, part: str) -> list[dict[str, Any]]:
        """What is stored of a part."""
        path = self.folder / f"{part}.json"
        return json.loads(path.read_text(encoding="utf-8"))["measured"] if path.is_file() else []

    def write(self, part: str, measured: list[dict[str, Any]]) -> None:
        """Store a part with the machine and the commit it was measured on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {"where": where(), "measured": measured}
        half = self.folder / f".{part}.json"
        half.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        half.replace(self.folder / f"{part}.json")

    def add(self, part: str, new: dict[str, Any], same: tuple[str, ...]) -> None:
        """Add one measurement in the place of an older one that agrees in the words ``same``."""
        rest = [m for m in self.read(part) if any(m[w] != new[w] for w in same)]
        self.write(part, [*rest, new])

    def report(self) -> Path:
        """Write ``benchmark.md``."""
        lines = [
            "# Speed",
            "",
            "Written by `scripts/benchmark.py`; ratios of medians, both sides in one run.",
        ]
        for part, table in TABLES.items():
            path = self.folder / f"{part}.json"
            if path.is_file():
                stored = json.loads(path.read_text(encoding="utf-8"))
                lines += ["", *table(stored["measured"]), "", f"Measured on: {_words(stored['where'])}."]
        path = self.folder / "benchmark.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def measure(part: str, tables: list[str], words: Any, store: Store) -> None:
    """Measure one part and store what it found, table by table."""
    if part == "great":
        size = {"n_layer": words.layers, "n_embd": words.width, "n_head": max(1, words.width // 64)}
        for table in tables:
            rows = parts.Rows.of(table, words.data_dir)
            for precision in parts.precisions(words.device):
                found = parts.against_be_great(
                    rows, precision, words.device, size, words.alternations, words.steps, words.rows
                )
                store.add(part, found, ("table", "precision", "device"))
    elif part == "tiny":
        for table in tables:
            known = [m for m in store.read("great") if m["table"] == table and m["precision"] == "fp32"]
            store.add(part, parts.tiny(table, known[0] if known else None, words.data_dir), ("table",))
    elif part == "scaling":
        store.write(part, parts.scaling((5, 10, 20, 50, 100, 200), (2, 10, 100, 1000, 5000)))
    else:
        from imbench.speed.harness import harness

        store.write(part, harness())


def where() -> dict[str, Any]:
    """Machine, packages and commit in a few words."""
    import torch

    from imbench.runs.environment import git_state, package_versions

    versions = package_versions()
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        **git_state(), "processor": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(), "gpu": gpu,
        "threads": torch.get_num_threads(),
        "packages": {n: versions[n] for n in ("torch", "transformers", "be-great") if n in versions},
    }  # fmt: skip


def _words(place: dict[str, Any]) -> str:
    packages = ", ".join(f"{n} {v}" for n, v in place["packages"].items())
    commit = str(place["git_commit"])[:10] + (" with local changes" if place["git_dirty"] else "")
    machine = place["gpu"] or f"{place['processor']} {place['instructions']}, one thread"
    return f"{machine}; {packages}; commit {commit}"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _great(found: list[dict[str, Any]]) -> list[str]:
    header = ["table", "precision", "step: ours / be_great (s)", "fine-tuning", "row: ours / be_great (s)",
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
        "## distilgpt2's architecture beside be_great", "", *_table(header, rows), "",
        f"Medians of {first['alternations']} alternations of {first['steps']} steps and "
        f"{first['sampled_rows']} rows. be_great: as published, float32, whole vocabulary; its rows are all "
        "counted as complete, and have the tokens of an average row. Ours: the vocabulary cut to the table's "
        "tokens, complete rows under the grammar. Shares are of the matrix-multiply rate in the same run.",
    ]  # fmt: skip


def _tiny(found: list[dict[str, Any]]) -> list[str]:
    header = ["table", "rows made", "steps", "CPU seconds", "be_great, extrapolated (s)", "ratio"]
    rows = [
        [m["table"], str(m["made"]), str(m["training_steps"]), f"{m['cpu_seconds']:.1f}",
         f"{m['be_great_seconds_extrapolated']:,.0f}" if "ratio" in m else "–",
         f"**{m['ratio']:.0f}×**" if "ratio" in m else "–"]
        for m in found
    ]  # fmt: skip
    return [
        "## ImbLLM with llm=tiny, fit and sample", "", *_table(header, rows), "",
        "be_great at the paper's settings (50 epochs of batches of 32, as many rows) is extrapolated from "
        "its measured seconds a step and a row.",
    ]  # fmt: skip


def _scaling(found: list[dict[str, Any]]) -> list[str]:
    header = ["columns", "categories", "tokens a row", "fine-tuning, rows/s", "sampling, rows/s"]
    rows = [
        [str(m["columns"]), str(m["categories"]), f"{m['tokens_a_row']:.0f}",
         f"{m['rows_a_second_finetune']:.0f}", f"{m['rows_a_second_sample']:.0f}"]
        for m in found
    ]  # fmt: skip
    return ["## llm=tiny against columns and categories", "", *_table(header, rows), "",
            "Half of the columns are numbers of three digits, half categories."]  # fmt: skip


def _harness(found: list[dict[str, Any]]) -> list[str]:
    rows = [[m["what"], f"{m['seconds']:.2f}"] for m in found]
    return ["## The harness itself", "", *_table(["what", "seconds"], rows)]


TABLES = {"great": _great, "tiny": _tiny, "scaling": _scaling, "harness": _harness}
