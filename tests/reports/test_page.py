"""The page: its content from stored runs, and that it needs no network."""

import json
import re
import shutil

import pytest

from imbench.reports.page import assemble, page_data
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import DATASETS, published
from imbench.reports.select import Selection, cell, load_runs, select
from imbench.reports.suite import STORED
from tests.helpers import ROOT, imbench
from tests.page import browser
from tests.reports.stored import score_of, source_of, write_run

METHODS = ("original", "smotenc", "ctgan")
RATIOS = (0.0,)
FAILURE = {"state": "failed", "reason": "</script><b>bad", "phase": "generate"}
ABLATION = "method.prompts=condition_y"


def write_file(folder, name, content):
    (folder / name).write_text(json.dumps(content))


def with_rows(folder, seed=0):
    """Give a stored run a ledger and the measures of its rows."""
    scores = json.loads((folder / "scores.json").read_text())
    scores["quality"] |= {"dcr_test_histogram": [1 + seed, 0, 3] + [0] * 57, "dcr_test_median": 0.11}
    write_file(folder, "scores.json", scores)
    ledger = {
        "requested": 5,
        "generated": 9,
        "accepted": 5,
        "added": 5,
        "rejected": {"classifier": 4},
        "tokens": 70,
    }
    write_file(folder, "ledger.json", ledger)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Three methods on all datasets but for a missing and a failed run; sweeps of r and q on two datasets."""
    place = tmp_path_factory.mktemp("stored") / "runs"
    for seed in (0, 1, 2):
        for dataset in DATASETS:
            for method in METHODS:
                if (dataset, method, seed) == ("car", "smotenc", 1):
                    continue
                failed = (dataset, method, seed) == ("sick", "ctgan", 2)
                folder = write_run(place, dataset, method, seed, **(FAILURE if failed else {}))
                if method != "original" and not failed:
                    with_rows(folder, seed)
        for dataset in ("german", "car"):
            with_rows(write_run(place, dataset, "imbllm", seed))
            write_run(place, dataset, "imbllm", seed, overrides=(ABLATION,))
            for r in RATIOS:
                write_run(place, dataset, "imbllm", seed, overrides=(f"method.interpolation_ratio={r}",))
            for method in ("smotenc", "imbllm"):
                write_run(place, dataset, method, seed, overrides=("imbalance_ratio=0.5",))
    return place


@pytest.fixture
def runs_dir(template, tmp_path):
    return shutil.copytree(template, tmp_path / "runs")


def data_of(runs_dir, **more):
    return page_data(source_of(runs_dir), runs_dir.parent / "maps", **more)


def groups_of(data, **wanted):
    return [g for g in data["groups"] if all(g[key] == value for key, value in wanted.items())]


def differences(one, other, place=()):
    """The places at which two nested objects differ."""
    if type(one) is type(other) and isinstance(one, (dict, list)):
        keys = range(max(len(one), len(other))) if isinstance(one, list) else one.keys() | other.keys()
        if len(one) == len(other):
            return [d for k in keys for d in differences(one[k], other[k], (*place, k))]
    return [] if one == other else [place]


def test_one_changed_score_changes_one_number(runs_dir):
    before = data_of(runs_dir)
    [group] = groups_of(before, dataset="fuel", method="smotenc")
    path = runs_dir / group["runs"][1] / "scores.json"
    scores = json.loads(path.read_text())
    scores["classifiers"]["xgboost"]["corrected"]["f1"] = 0.123
    path.write_text(json.dumps(scores))
    after = data_of(runs_dir)
    position = before["groups"].index(group)
    metric = before["metrics"].index("corrected_f1")
    assert differences(before, after) == [("groups", position, "values", metric, 1)]
    assert after["groups"][position]["values"][metric][1] == 0.123


def test_groups_hold_the_values_of_the_tables(runs_dir):
    """Every usual group has the very cells that the datasets show."""
    runs = load_runs(runs_dir)
    data, cells = data_of(runs_dir), select(runs, Selection())
    usual = {(g["dataset"], g["method"]): g for g in groups_of(data, usual=True, q=0.2)}
    assert set(usual) == set(cells)
    for key, group in usual.items():
        for metric in ("published_f1", "corrected_auc"):
            values = group["values"][data["metrics"].index(metric)]
            found = {data["runs"][k]["seed"]: v for k, v in zip(group["runs"], values, strict=True)}
            expected = cell(cells[key], metric, (0, 1, 2)).values
            assert {s: v for s, v in found.items() if v is not None} == pytest.approx(expected)


def test_missing_and_failed_runs_stay_gaps(runs_dir):
    data = data_of(runs_dir)
    [missing] = groups_of(data, dataset="car", method="smotenc", q=0.2)
    assert [data["runs"][k]["seed"] for k in missing["runs"]] == [0, 2]
    [failed] = groups_of(data, dataset="sick", method="ctgan")
    assert [row[2] for row in failed["values"]] == [None] * len(data["metrics"])
    run = data["runs"][failed["runs"][2]]
    assert (run["state"], run["reason"]) == ("failed", "generate: </script><b>bad")


def test_settings_are_distinguished(runs_dir):
    data = data_of(runs_dir)
    found = groups_of(data, dataset="german", method="imbllm", q=0.2)
    assert sorted((g["setting"], g["r"], g["usual"], g["usual_r"]) for g in found) == [
        ("", 0.0, False, False), ("", 1.0, True, True),
        ("prompts=condition_y", 1.0, False, True),
    ]  # fmt: skip
    assert {g["llm"] for g in found} == {"tiny"}
    assert [g["usual"] for g in groups_of(data, dataset="german", q=0.5)] == [True, True]


def test_newest_run_of_a_description_counts(runs_dir):
    [before] = groups_of(data_of(runs_dir), dataset="bank", method="ctgan")
    extra = shutil.copytree(runs_dir / before["runs"][0], runs_dir / ("f" * 16))
    status = json.loads((extra / "status.json").read_text())
    for finished, winner in (("2025", before["runs"][0]), ("2027", "f" * 16)):
        write_file(
            extra, "status.json", status | {"key": "f" * 16, "finished": f"{finished}-01-01T00:00:00+00:00"}
        )
        [group] = groups_of(data_of(runs_dir), dataset="bank", method="ctgan")
        assert group["runs"] == [winner, *before["runs"][1:]]


def test_what_is_left_out_is_counted(runs_dir):
    write_run(runs_dir, "car", "smotenc", 7)
    write_run(runs_dir, "car", "smotenc", 0, overrides=("+classifier.xgboost.max_bin=77",))
    data = data_of(runs_dir)
    assert data["left_out"] == {"other seeds": 1, "other classifier settings": 1}
    assert len(data["runs"]) == len(load_runs(runs_dir)) - 2


def test_a_second_classifier_has_groups_of_its_own(runs_dir):
    folder = write_run(runs_dir, "fuel", "smote", 0, overrides=("classifier=[xgboost,random_forest]",))
    scores = json.loads((folder / "scores.json").read_text())
    scores["classifiers"]["random_forest"] = {"published": {"f1": 0.77}, "corrected": {}}
    write_file(folder, "scores.json", scores)
    data = data_of(runs_dir)
    found = {g["classifier"]: g for g in groups_of(data, dataset="fuel", method="smote")}
    f1, coverage = (data["metrics"].index(m) for m in ("published_f1", "coverage"))
    assert found["random_forest"]["values"][f1] == [0.77]
    assert found["xgboost"]["values"][f1] == [pytest.approx(score_of("fuel", "smote", 0))]
    assert found["random_forest"]["values"][data["metrics"].index("corrected_auc")] == [None]
    assert [g["values"][coverage] for g in found.values()] == [[0.5], [0.5]]


def test_ledger_and_histogram_come_from_the_records(runs_dir):
    data = data_of(runs_dir)
    [group] = groups_of(data, dataset="fuel", method="ctgan")
    assert group["dcr"] == [1 + 2 + 3, 0, 9], "summed over the seeds, without the empty end"
    ledger = dict(zip(data["ledger_fields"], data["runs"][group["runs"][0]]["ledger"], strict=True))
    assert (ledger["generated"], ledger["rejected"], ledger["repaired_cells"]) == (9, {"classifier": 4}, None)


def test_published_numbers_are_separate_and_complete(runs_dir):
    data = data_of(runs_dir)
    for line in published("table2"):
        cell_of = data["published"]["table"][line["dataset"]][method_of(line["column"]).name]
        assert cell_of[0] == float(line["f1_mean"])
    points = {(p["axis"], p["column"], p["x"]): p["value"] for p in data["published"]["curves"]}
    assert points["r", "ImbLLM", 0.0] == 0.7857 and points["r", "CTGAN", None] == 0.7724
    assert points["q", "Imbalance", 0.5] == 0.7902


def test_without_a_suite_the_page_has_all_datasets_and_no_published_numbers(runs_dir):
    data = page_data(source_of(runs_dir, STORED), runs_dir.parent / "maps")
    assert data["published"] is None and data["datasets"] == sorted(DATASETS)
    assert len(data["groups"]) == len(data_of(runs_dir)["groups"])


def test_metrics_have_their_direction(runs_dir):
    [group] = groups_of(data_of(runs_dir), dataset="fuel", method="ctgan")
    path = runs_dir / group["runs"][0] / "scores.json"
    scores = json.loads(path.read_text())
    scores["classifiers"]["xgboost"]["corrected"]["log_loss"] = 0.25
    path.write_text(json.dumps(scores))
    found = {m["id"]: m for protocol in data_of(runs_dir)["protocols"] for m in protocol["metrics"]}
    assert found["corrected_log_loss"] == {"id": "corrected_log_loss", "title": "log-loss", "better": -1}
    assert found["corrected_f1"]["better"] == 1 and found["dcr_test_median"]["better"] == 0


def test_maps_say_whose_rows_they_show(runs_dir):
    [group] = groups_of(data_of(runs_dir), dataset="fuel", method="ctgan")
    measured = {"entropy_columns": None, "dcr_test_median": 0.11}
    entry = {"run": group["runs"][0], "measured": measured, "rows": 1, "x": [0.0], "y": [0.0]}
    methods = {
        "ctgan": entry,
        "other": entry | {"measured": measured | {"dcr_test_median": 0.12}},
        "gone": entry | {"run": "nowhere"},
    }
    (runs_dir.parent / "maps").mkdir()
    write_file(runs_dir.parent / "maps", "fuel.json", {"dataset": "fuel", "methods": methods})
    found = data_of(runs_dir)["maps"]["fuel"]["methods"]
    assert {n: e["origin"] for n, e in found.items()} == {
        "ctgan": "record", "other": "generated again", "gone": "no record"
    }  # fmt: skip


def test_page_stands_alone_and_comes_out_the_same(runs_dir, tmp_path):
    out = tmp_path / "page" / "index.html"
    options = ("--runs-dir", runs_dir, "--maps-dir", tmp_path / "maps", "--out", out, "--suite", "paper")
    done = imbench(*options, script="scripts/page.py")
    assert done.returncode == 0, done.stderr
    page = out.read_text()
    assert page == assemble(data_of(runs_dir, link="../runs")), "another process, the same bytes"
    bare = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//cdn|<link[^>]+stylesheet|<script[^>]+src|@import|url\(|fetch\(", bare)
    assert not re.search(r"/\*(STYLE|SCRIPT|DATA)\*/", bare)
    content = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    data = json.loads(content)
    assert data == json.loads(json.dumps(data_of(runs_dir, link="../runs")))
    assert data["link"] == "../runs" and (out.parent / data["link"]).is_dir()


def test_no_runs_make_a_page_that_says_so(tmp_path):
    data = data_of(tmp_path / "none")
    assert data["groups"] == [] and data["runs"] == {}
    assert '"groups":[]' in assemble(data)


needs_browser = pytest.mark.skipif(browser.missing() is not None, reason=str(browser.missing()))


TITLES = {
    "original": "Original reference", "smotenc": "SMOTE-NC", "ctgan": "CTGAN", "imbllm": "ImbLLM · tiny"
}  # fmt: skip


def shown_in(page, driver, protocol):
    """The leaderboard as text: {(method, dataset): cell}."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select

    driver.get(page.as_uri())
    Select(driver.find_element(By.CSS_SELECTOR, '#leaderboard [data-option="protocol"]')).select_by_value(
        protocol
    )
    lines = driver.execute_script(
        "return [...document.querySelectorAll('#leaderboard tr')]"
        ".map((tr) => [...tr.cells].map((c) => c.textContent))"
    )
    return {(row[0], head): text for row in lines[1:] for head, text in zip(lines[0], row, strict=True)}


@pytest.mark.slow
@needs_browser
def test_every_control_in_the_browser(runs_dir, tmp_path):
    """Stored runs with gaps, failures and sweeps: nothing breaks; and the check sees what is broken."""
    page = tmp_path / "page" / "index.html"
    page.parent.mkdir()
    complete = assemble(data_of(runs_dir, link="../runs"))
    page.write_text(complete)
    assert browser.check_page(page, tmp_path / "shots") == []
    assert len(list((tmp_path / "shots").glob("*.png"))) == len(browser.VIEWS)
    page.write_text(complete.replace("plot.append(marker(g, x, y", "plot.add(marker(g, x, y"))
    assert any("console" in fault for fault in browser.check_page(page))
    with browser._browser(browser.VIEWS[0]) as driver:
        page.write_text(complete)
        text = shown_in(page, driver, "published")
        runs = load_runs(runs_dir)
        for (dataset, method), seeds in select(runs, Selection()).items():
            found = cell(seeds, "published_f1", (0, 1, 2))
            expected = f"{found.mean:.4f} ({found.std:.3f})" if found.complete else found.state
            assert text[TITLES[method], dataset] == expected
        assert text["CTGAN", "sick"] == "2 of 3 (failed)" and text["ImbLLM · tiny", "fuel"] == "missing"
        assert text["CTGAN", "average"] == "9 of 10 datasets"
        assert text["CTGAN", "paper"] == "0.7724"


@pytest.mark.slow
@needs_browser
def test_the_stored_page_in_the_browser():
    page = ROOT / "results" / "page" / "index.html"
    if not page.is_file():
        pytest.skip("no page is stored: python scripts/page.py makes it")
    assert page.stat().st_size < 3_000_000
    assert browser.check_page(page) == []
