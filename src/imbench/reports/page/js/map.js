"use strict";
// One panel a method: given, unseen and synthetic minority rows in the table's plane.
const mapName = (g) => (g.llm ? `${g.method} (${g.llm})` : g.method);

// a triangle in one colour for every method: each has a panel of its own
const SYNTHETIC = "M0,-3.4L3,2.3H-3z";
const ORIGINS = {
  record: "",
  "made again": "These rows were made again with the settings of the run and differ from those that it was scored on.",
  "no record": "The record of this run is not among the stored ones.",
};

function map() {
  const tables = DATA.tables.filter((d) => DATA.maps[d]);
  const state = { table: tables[0], chosen: null };
  const groups = () => DATA.groups.filter((g) => g.usual && g.q === mainRatio && g.classifier === classifiers[0]);
  const pointsOf = (s) => DATA.maps[state.table]?.methods[mapName(s.group)];
  const available = () => seriesOf(groups().filter((g) => Object.values(DATA.maps).some((m) => m.methods[mapName(g)])));

  const controls = (changed) => {
    if (!tables.length) return [];
    const series = available();
    state.chosen ||= firstChoice(series.filter(pointsOf), 3);
    return [chooser(state, "table", "Table", plain(tables), changed), picker(state, series, state.chosen, changed)];
  };

  const view = (width) => {
    if (!tables.length) return emptyNote("No map is stored. python scripts/maps.py draws them from the stored rows.");
    const here = DATA.maps[state.table];
    const series = available().filter((s) => state.chosen.has(s.id));
    const shown = series.filter(pointsOf);
    const absent = series.filter((s) => !pointsOf(s)).map((s) => s.title);
    const gap = absent.length ? element("p", { class: "missing" }, `No map of the rows of ${absent.join(", ")} on ${state.table}: none made, or none kept.`) : null;
    if (!series.length) return emptyNote("Choose a method.");
    const sets = [here.given, here.unseen, ...shown.map(pointsOf)];
    const domains = ["x", "y"].map((axis) => padded(sets.flatMap((s) => s[axis]), 0.05));
    const share = (i) => `component ${i + 1} (${number(here.explained[i] * 100, 0)} % of the variance)`;
    const columns = Math.max(1, Math.floor((width + 16) / (Math.min(width, 310) + 16)));
    const size = Math.floor((width - 16 * (columns - 1)) / columns);
    const panels = shown.map((s) => {
      const made = pointsOf(s);
      const { root, plot, across, up } = chart({ width: size, height: Math.min(size, 380), margin: { left: 50 },
        label: `Map of ${s.title} on ${state.table}`,
        x: { domain: domains[0], label: share(0), ticks: ticksOf(domains[0], 4) }, y: { domain: domains[1], label: share(1) } });
      const dots = (set, draw) => set.x.forEach((x, i) => plot.append(draw(across(x), up(set.y[i]))));
      dots(here.unseen, (x, y) => drawing("circle", { cx: x, cy: y, r: 2.6, fill: "none", stroke: "var(--faint)", "stroke-opacity": .8 }));
      dots(here.given, (x, y) => drawing("path", { d: "M-3.2,-3.2L3.2,3.2M3.2,-3.2L-3.2,3.2", transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, stroke: "var(--ink)", "stroke-width": 1.2, "stroke-opacity": .75 }));
      dots(made, (x, y) => drawing("path", { d: SYNTHETIC, transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, class: "synthetic" }));
      const own = groups().find((g) => g.dataset === state.table && g.runs.includes(made.run));
      return element("div", { class: "panel" },
        element("h3", {}, s.title, own ? traceButton(`${s.title} on ${state.table}`, [own]) : null), root,
        element("p", { class: "note" }, `${count(made.rows)} rows made, ${made.x.length} shown; run `, element("code", {}, made.run), `, commit ${made.commit}. ${ORIGINS[made.origin]}`));
    });
    const item = (node, text) => element("li", {}, drawing("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, node), text);
    return [gap, element("ul", { class: "legend" },
      item(drawing("path", { d: "M-3.2,-3.2L3.2,3.2M3.2,-3.2L-3.2,3.2", stroke: "var(--ink)", "stroke-width": 1.5 }), `given minority rows (${here.given.x.length} of ${count(here.given.rows)})`),
      item(drawing("circle", { r: 2.6, fill: "none", stroke: "var(--faint)" }), `unseen minority rows (${here.unseen.x.length} of ${count(here.unseen.rows)})`),
      item(drawing("path", { d: SYNTHETIC, class: "synthetic" }), "synthetic rows of the method")),
    element("div", { class: "panels" }, panels),
    element("p", { class: "note" }, `Table ${state.table}, minority class “${here.minority}”; seed ${here.seed}; imbalance ratio ${mainRatio}; one run a method; language model: ` +
      `${unique(shown.map((s) => s.group.llm).filter((m) => m !== null)).join(", ") || "none"}. Points are drawn at random with a fixed seed.`)];
  };
  return part("map", controls, view);
}
