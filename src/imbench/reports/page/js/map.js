"use strict";
// One panel a method: training, unseen and synthetic minority rows in the dataset's plane.
const mapName = (g) => (g.llm ? `${g.method} (${g.llm})` : g.method);

// a triangle in one colour for every method: each has a panel of its own
const SYNTHETIC = "M0,-3.4L3,2.3H-3z";
const ORIGINS = {
  record: "",
  "generated again": "These rows were generated again with the settings of the run and differ from those that it was scored on.",
  "no record": "The record of this run is not among the stored ones.",
};

function map() {
  const datasets = DATA.datasets.filter((d) => DATA.maps[d]);
  const state = { dataset: datasets[0], chosen: null };
  const groups = () => DATA.groups.filter((g) => g.usual && g.q === mainRatio && g.classifier === classifiers[0]);
  const pointsOf = (s) => DATA.maps[state.dataset]?.methods[mapName(s.group)];
  const available = () => seriesOf(groups().filter((g) => Object.values(DATA.maps).some((m) => m.methods[mapName(g)])));

  const controls = (changed) => {
    if (!datasets.length) return [];
    const series = available();
    state.chosen ||= firstSelection(series.filter(pointsOf), 3);
    return [chooser(state, "dataset", "Dataset", plain(datasets), changed), picker(state, series, state.chosen, changed)];
  };

  const view = (width) => {
    if (!datasets.length) return emptyNote("No map is stored. python scripts/maps.py draws them from the stored rows.");
    const here = DATA.maps[state.dataset];
    const series = available().filter((s) => state.chosen.has(s.id));
    const shown = series.filter(pointsOf);
    const absent = series.filter((s) => !pointsOf(s)).map((s) => s.title);
    const gap = absent.length ? element("p", { class: "missing" }, `No map of the rows of ${absent.join(", ")} on ${state.dataset}: none generated, or none kept.`) : null;
    if (!series.length) return emptyNote("Choose a method.");
    const sets = [here.training, here.unseen, ...shown.map(pointsOf)];
    const domains = ["x", "y"].map((axis) => padded(sets.flatMap((s) => s[axis]), 0.05));
    const share = (i) => `component ${i + 1} (${number(here.explained[i] * 100, 0)} % of the variance)`;
    const columns = Math.max(1, Math.floor((width + 16) / (Math.min(width, 310) + 16)));
    const size = Math.floor((width - 16 * (columns - 1)) / columns);
    const panels = shown.map((s) => {
      const synthetic = pointsOf(s);
      const { root, plot, across, up } = chart({ width: size, height: Math.min(size, 380), margin: { left: 50 },
        label: `Map of ${s.title} on ${state.dataset}`,
        x: { domain: domains[0], label: share(0), ticks: ticksOf(domains[0], 4) }, y: { domain: domains[1], label: share(1) } });
      const dots = (set, draw) => set.x.forEach((x, i) => plot.append(draw(across(x), up(set.y[i]))));
      dots(here.unseen, (x, y) => drawing("circle", { cx: x, cy: y, r: 2.6, fill: "none", stroke: "var(--faint)", "stroke-opacity": .8 }));
      dots(here.training, (x, y) => drawing("path", { d: "M-3.2,-3.2L3.2,3.2M3.2,-3.2L-3.2,3.2", transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, stroke: "var(--ink)", "stroke-width": 1.2, "stroke-opacity": .75 }));
      dots(synthetic, (x, y) => drawing("path", { d: SYNTHETIC, transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, class: "synthetic" }));
      const own = groups().find((g) => g.dataset === state.dataset && g.runs.includes(synthetic.run));
      return element("div", { class: "panel" },
        element("h3", {}, s.title, own ? traceButton(`${s.title} on ${state.dataset}`, [own]) : null), root,
        element("p", { class: "note" }, `${count(synthetic.rows)} synthetic rows, ${synthetic.x.length} shown; run `, element("code", {}, synthetic.run), `, commit ${synthetic.commit}. ${ORIGINS[synthetic.origin]}`));
    });
    const item = (node, text) => element("li", {}, drawing("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, node), text);
    return [gap, element("ul", { class: "legend" },
      item(drawing("path", { d: "M-3.2,-3.2L3.2,3.2M3.2,-3.2L-3.2,3.2", stroke: "var(--ink)", "stroke-width": 1.5 }), `minority training rows (${here.training.x.length} of ${count(here.training.rows)})`),
      item(drawing("circle", { r: 2.6, fill: "none", stroke: "var(--faint)" }), `unseen minority rows (${here.unseen.x.length} of ${count(here.unseen.rows)})`),
      item(drawing("path", { d: SYNTHETIC, class: "synthetic" }), "synthetic rows of the method")),
    element("div", { class: "panels" }, panels),
    element("p", { class: "note" }, `Dataset ${state.dataset}, minority class “${here.minority}”; seed ${here.seed}; imbalance ratio ${mainRatio}; one run a method; language model: ` +
      `${unique(shown.map((s) => s.group.llm).filter((m) => m !== null)).join(", ") || "none"}. Points are drawn at random with a fixed seed.`)];
  };
  return part("map", controls, view);
}
