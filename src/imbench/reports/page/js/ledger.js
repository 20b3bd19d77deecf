"use strict";
// What became of the requested rows.
const LEDGER_AT = new Map(DATA.ledger_fields.map((name, i) => [name, i]));
const COUNTS = [["requested", "requested"], ["generated", "generated"], ["accepted", "accepted"], ["added", "added"], ["missing", "short by"],
  ["repaired_cells", "repaired cells"], ["duplicates", "duplicates"], ["training_copies", "copies of training rows"], ["tokens", "tokens"]];
const SHARES = [["duplicates", "share of duplicates"], ["copies_of_train", "share of copies of training rows"], ["copies_of_test", "share of copies of test rows"]];

function ledger() {
  const generators = (d) => DATA.groups.filter((g) => g.dataset === d && g.usual && g.dcr.length).length;
  const widest = [...DATA.datasets].sort((a, b) => generators(b) - generators(a))[0];
  const state = { dataset: widest, q: String(mainRatio), classifier: classifiers[0], others: false };
  const controls = (changed) => [chooser(state, "dataset", "Dataset", plain(DATA.datasets), changed), ...commonChoosers(state, changed),
    tick(state, "others", "other settings too (ablations, ratios)", changed)];

  const view = () => {
    const groups = inOrder(DATA.groups.filter((g) => g.dataset === state.dataset && ofSelection(state)(g) && (g.usual || state.others)))
      .filter((g) => g.runs.some((key) => DATA.runs[key].state !== "done" || field(key, "added")));
    if (!groups.length) return emptyNote("No generator has runs on this dataset.");
    const shares = SHARES.filter(([id]) => METRIC_AT.has(id));
    const rows = groups.map((g) => {
      const done = g.runs.filter((key) => DATA.runs[key].state === "done");
      const failed = g.runs.filter((key) => DATA.runs[key].state !== "done").map((key) => `seed ${DATA.runs[key].seed}: ${DATA.runs[key].state}, ${DATA.runs[key].reason}`);
      const sum = (name) => total(done.map((key) => field(key, name)));
      const [generated, kept] = [sum("generated"), sum("accepted")];
      const part = generated ? Math.min(1, kept / generated) : null;
      return [
        titleOf(g), traceButton(`${titleOf(g)} on ${state.dataset}`, [g]), { node: `${done.length} of ${DATA.seeds.length}`, class: done.length < DATA.seeds.length ? "missing" : null },
        ...COUNTS.slice(0, 3).map(([name]) => amount(sum(name))),
        { class: "text", node: part === null ? "–" : [element("span", { class: "bar", "aria-hidden": "true" }, element("i", { style: `width:${(part * 100).toFixed(1)}%` })), `${number(part * 100, 1)} %`] },
        { class: "text", node: reasons(done) },
        ...COUNTS.slice(3).map(([name]) => amount(sum(name))),
        ...shares.map(([id]) => { const c = summary(g, id); return c.complete ? `${number(c.mean * 100, 1)} %` : { node: c.state, class: "missing" }; }),
        done.length ? number(total(done.map((key) => DATA.runs[key].seconds)) ?? 0, 1) : "–",
        { class: "text wrap missing", node: failed.join("; ") || "" },
      ];
    });
    const header = ["method", "records", "runs", ...COUNTS.slice(0, 3).map((c) => c[1]), { node: "accepted of generated", class: "text" },
      { node: "rejected by", class: "text" }, ...COUNTS.slice(3).map((c) => c[1]), ...shares.map((s) => s[1]), "seconds", { node: "failures", class: "text" }];
    return [table(header, rows, `Ledger of generation on ${state.dataset}`), noteOf(groups, null)];
  };
  return part("ledger", controls, view);
}

const field = (key, name) => DATA.runs[key].ledger[LEDGER_AT.get(name)];
const amount = (value) => (value === null ? "–" : count(value));

// Sum of what is there; null where no run keeps such a count.
function total(values) {
  const found = values.filter((v) => v !== null && v !== undefined);
  return found.length ? found.reduce((a, b) => a + b, 0) : null;
}

function reasons(keys) {
  const found = new Map();
  const kept = keys.map((key) => field(key, "rejected")).filter((r) => r !== null && r !== undefined);
  for (const r of kept) for (const [why, n] of Object.entries(r)) found.set(why, (found.get(why) || 0) + n);
  if (!kept.length) return "–";
  return found.size ? [...found].map(([why, n]) => `${why.replace("_", " ")} ${count(n)}`).join(", ") : "nothing";
}
