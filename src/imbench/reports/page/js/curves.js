"use strict";
// A score against the interpolation ratio r, or against the imbalance ratio q.
const AXES = {
  r: { label: "interpolation ratio r", of: (g) => g.r },
  q: { label: "imbalance ratio q", of: (g) => g.q },
};

function curves() {
  const state = { axis: "r", protocol: DATA.protocols[0].name, metric: null, dataset: null, classifier: classifiers[0], chosen: { r: null, q: null } };
  // r: runs at the main q, those without an r of their own are level lines; q: runs of the usual r
  const groups = () => DATA.groups.filter((g) => g.classifier === state.classifier
    && (state.axis === "r" ? g.q === mainRatio && !(g.r === null && g.setting) : g.usual_r));
  const level = (s) => state.axis === "r" && s.group.r === null;
  const pointTitle = (s, p) => (level(s) ? s.title : `${s.title}, ${state.axis} = ${p.x}`);

  const cellsOf = (found) => {
    const at = new Map();
    for (const g of found) {
      const cell = summary(g, state.metric);
      const id = curveId(g);
      if (!at.has(id)) at.set(id, new Map());
      const x = AXES[state.axis].of(g);
      if (!at.get(id).has(x)) at.get(id).set(x, new Map());
      at.get(id).get(x).set(g.dataset, { g, cell });
    }
    return at;
  };
  const commonDatasets = (at, ids) => DATA.datasets.filter((d) => ids.length && ids.every((id) =>
    [...at.get(id).values()].every((byDataset) => byDataset.get(d)?.cell.complete)));

  const controls = (changed) => {
    const metricBoxes = metricChoosers(state, changed);
    const found = groups();
    const series = seriesOf(found, curveId, false);
    const at = cellsOf(found);
    if (!state.chosen[state.axis]) {
      const most = Math.max(0, ...series.filter((s) => !level(s)).map((s) => at.get(s.id).size));
      const swept = series.filter((s) => !level(s) && at.get(s.id).size === most && most > 1);
      const begin = firstSelection(swept.length ? swept : series, 4);
      if (state.axis === "r") firstSelection(series.filter(level), 2).forEach((id) => begin.add(id));
      state.chosen[state.axis] = new Set([...begin].map((id) => seriesOf(found).find((s) => s.id === id)).map((s, i) => s ? curveId(s.group) : [...begin][i]));
    }
    const ids = series.map((s) => s.id).filter((id) => state.chosen[state.axis].has(id));
    if (state.dataset === null) state.dataset = commonDatasets(at, ids).length ? COMMON : DATA.datasets[0];
    return [
      chooser(state, "axis", "Across", Object.entries(AXES).map(([value, a]) => ({ value, title: a.label })), changed),
      chooser(state, "dataset", "Dataset", [{ value: COMMON, title: "mean over the datasets complete for all shown" }, ...plain(DATA.datasets)], changed),
      ...metricBoxes,
      ...(classifiers.length > 1 ? [chooser(state, "classifier", "Classifier", plain(classifiers), changed)] : []),
      picker(state, series, state.chosen[state.axis], changed),
    ];
  };

  const view = (width) => {
    const found = groups().filter((g) => state.chosen[state.axis].has(curveId(g)));
    const series = seriesOf(found, curveId, false);
    const at = cellsOf(found);
    const metric = METRICS.get(state.metric);
    const single = state.dataset !== COMMON;
    const datasets = single ? [state.dataset] : commonDatasets(at, series.map((s) => s.id));
    if (!series.length) return emptyNote("Choose a method.");
    if (!datasets.length) return emptyNote("No dataset is complete at every point of the methods shown. Choose a single dataset, or fewer methods.");
    const lines = series.map((s) => ({ s, points: [...at.get(s.id)].sort((a, b) => a[0] - b[0]).map(([x, byDataset]) => {
      const cells = datasets.map((d) => byDataset.get(d)).filter(Boolean);
      const complete = cells.length === datasets.length && cells.every((c) => c.cell.complete);
      return { x, cells, complete, y: complete ? mean(cells.map((c) => c.cell.mean)) : null, std: complete && single ? cells[0].cell.std : null,
        state: cells.length ? cells[0].cell.state : "missing" };
    }) }));
    const reference = publishedPoints(state, datasets, series);
    const drawn = lines.flatMap((l) => l.points.filter((p) => p.complete));
    if (!drawn.length) return emptyNote("No complete point of these settings is stored.");
    const spread = drawn.flatMap((p) => [p.y - (p.std ?? 0), p.y + (p.std ?? 0)]).concat(reference.map((p) => p.value));
    const xs = unique(lines.filter((l) => !level(l.s)).flatMap((l) => l.points.map((p) => p.x)).concat(reference.filter((p) => p.x !== null).map((p) => p.x))).sort((a, b) => a - b);
    const domain = state.axis === "r" ? [-0.04, lines.some((l) => level(l.s)) ? 1.14 : 1.04] : padded(xs, 0.06, 0.05);
    const { root, plot, across, up, edge } = chart({ width: Math.min(width, 820), height: width < 500 ? 320 : 400,
      label: `${metric.title} against ${AXES[state.axis].label}`,
      x: { domain, label: AXES[state.axis].label, ticks: xs.length > 1 || state.axis === "r" ? unique([...(state.axis === "r" ? [0, 1] : []), ...xs]).map((value) => ({ value, text: String(value) })) : undefined },
      y: { domain: padded(spread), label: metric.title } });
    const right = Math.min(width, 820) - edge.right;
    for (const { s, points } of lines) {
      const { colour, dash } = styleOf(s.group);
      const drawable = points.filter((p) => p.complete);
      if (level(s)) {
        for (const p of drawable) plot.append(drawing("path", { d: `M${edge.left},${up(p.y)}H${right}`, stroke: colour, "stroke-dasharray": dash || "10 4", "stroke-width": 1.5 }),
          marker(s.group, right - 8 - 13 * (PLACES.get(s.id) % 5), up(p.y), { on: { click: () => trace(s.title, p.cells.map((c) => c.g), state.metric) } },
            drawing("title", {}, `${s.title}: ${number(p.y)}`)));
        continue;
      }
      plot.append(drawing("path", { d: drawable.map((p, i) => `${i ? "L" : "M"}${across(p.x)},${up(p.y)}`).join(""), fill: "none", stroke: colour, "stroke-dasharray": dash, "stroke-width": 2 }));
      for (const p of drawable) {
        if (p.std) plot.append(drawing("path", { d: `M${across(p.x)},${up(p.y - p.std)}V${up(p.y + p.std)}`, stroke: colour, "stroke-opacity": .6 }));
        plot.append(marker(s.group, across(p.x), up(p.y), { on: { click: () => trace(pointTitle(s, p), p.cells.map((c) => c.g), state.metric) } },
          drawing("title", {}, `${pointTitle(s, p)}: ${number(p.y)}`)));
      }
    }
    for (const p of reference) {
      const title = drawing("title", {}, `${DATA.published.source}, ${p.column}${p.x === null ? "" : `, ${state.axis} = ${p.x}`}: ${number(p.value)} (${p.place})`);
      if (p.x === null) plot.append(drawing("path", { d: `M${edge.left},${up(p.value)}H${right}`, class: "published-line" }));
      const x = p.x === null ? edge.left + 12 : across(p.x);
      plot.append(drawing("path", { d: "M0,-6L6,0L0,6L-6,0z", class: "published-point", transform: `translate(${x},${up(p.value)})` }, title),
        drawing("text", { x: x + (x > right - 90 ? -10 : 10), y: up(p.value) + (p.x === null ? -5 : 4), "text-anchor": x > right - 90 ? "end" : "start", class: "published-name" }, p.column));
    }
    const alone = lines.filter((l) => !level(l.s) && l.points.filter((p) => p.complete).length === 1).map((l) => l.s.title);
    const gaps = lines.flatMap((l) => l.points.filter((p) => !p.complete).map((p) => `${l.s.title} at ${level(l.s) ? "its own setting" : `${state.axis} = ${p.x}`}: ${p.state}`));
    const held = state.metric === DATA.published?.metric && !reference.length && DATA.published.curves.some((p) => p.axis === state.axis)
      ? ` The points of the ${DATA.published.source} are averages over its ${DATA.published.datasets.length} datasets and appear where all of them are complete here.` : null;
    const text = single ? `Dataset ${state.dataset}; bars: standard deviation over the seeds.` : `Mean over ${datasets.length} datasets: ${datasets.join(", ")}.`;
    const rows = lines.flatMap((l) => l.points.map((p) => [l.s.title, level(l.s) ? "–" : String(p.x), p.complete ? number(p.y) : { node: p.state, class: "missing" },
      p.std === null ? "–" : number(p.std, 3), traceButton(pointTitle(l.s, p), p.cells.map((c) => c.g), state.metric)]))
      .concat(reference.map((p) => [`${DATA.published.source}, ${p.column}`, p.x === null ? "–" : String(p.x), { node: number(p.value), class: "published" }, "–", ""]));
    return [
      element("p", {}, text, alone.length ? ` Only one value of ${state.axis} has complete runs for ${alone.join(", ")}.` : null,
        gaps.length ? ` Not complete: ${gaps.join("; ")}.` : null, held),
      root, legend(series, reference.length ? [element("li", {}, publishedSwatch(), element("span", { class: "published-mark" }, DATA.published.source), ` mean over its ${DATA.published.datasets.length} datasets`)] : []),
      numbers(["method", state.axis, metric.title, "std", "records"], rows, "Points of the curves"),
      noteOf(lines.flatMap((l) => l.points.flatMap((p) => p.cells.map((c) => c.g))), state.metric),
    ];
  };
  return part("curves", controls, view);
}

// The published points of the methods shown: means over all datasets of the publication.
function publishedPoints(state, datasets, series) {
  if (state.metric !== DATA.published?.metric || !DATA.published.datasets.every((d) => datasets.includes(d))) return [];
  const shown = new Map(series.map((s) => [s.group.method, s]));
  return DATA.published.curves.filter((p) => p.axis === state.axis && shown.has(p.method)).map((p) => ({ ...p, s: shown.get(p.method) }));
}
