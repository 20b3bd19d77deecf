"use strict";
// From a number to the records behind it.

function traceButton(title, groups, metric = null) {
  return element("button", { type: "button", class: "small trace", "aria-label": `Runs of ${title}`,
    on: { click: () => trace(title, groups, metric) } }, "runs");
}

function trace(title, groups, metric = null) {
  const lines = [];
  for (const group of groups) {
    const values = metric ? group.values[METRIC_AT.get(metric)] : [];
    group.runs.forEach((key, i) => {
      const run = DATA.runs[key];
      const links = DATA.link === null || !run.folder ? [] : ["scores.json", "ledger.json", "config.yaml"].flatMap((file) =>
        [" ", element("a", { href: `${DATA.link}/${key}/${file}` }, file.split(".")[0])]);
      lines.push([
        element("code", {}, key), { node: group.dataset, class: "text" }, String(run.seed), String(group.q),
        ...(metric ? [typeof values[i] === "number" ? number(values[i]) : "–"] : []),
        { node: run.state === "done" ? "done" : `${run.state}, ${run.reason}`, class: run.state === "done" ? "text" : "text wrap" },
        { node: DATA.commits[run.commit], class: "text" },
        run.seconds === null ? "–" : `${number(run.seconds, 1)} s`, { node: links, class: "text" },
      ]);
    });
  }
  const header = ["run", { node: "dataset", class: "text" }, "seed", "q",
    ...(metric ? [METRICS.get(metric).title] : []), { node: "state", class: "text" },
    { node: "commit", class: "text" }, "generation", { node: DATA.link === null ? "" : "files", class: "text" }];
  document.getElementById("trace-title").textContent = title;
  const setting = unique(groups.map((g) => `${g.classifier}${g.setting ? `; ${g.setting}` : ""}${g.r === null ? "" : `; r = ${g.r}`}`));
  document.getElementById("trace-body").replaceChildren(
    element("p", { class: "note" }, `${METRICS.has(metric) ? `${METRICS.get(metric).protocol.title}; ` : ""}${setting.join(" / ")}`),
    lines.length ? table(header, lines, "Runs") : emptyNote("No run is stored for this."));
  document.getElementById("trace").showModal();
}
