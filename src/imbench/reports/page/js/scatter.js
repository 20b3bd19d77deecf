"use strict";
// The paper's Table II across, ours up.

function scatter() {
  const readings = DATA.readings.map((r) => ({ ...r, metrics: r.metrics.filter((m) => m.title === "F1") })).filter((r) => r.metrics.length);
  const state = { reading: readings.some((r) => r.name === "published") ? "published" : readings[0]?.name, table: ALL, chosen: null, classifier: classifiers[0] };
  const groups = () => DATA.groups.filter((g) => g.usual && g.q === MAIN_RATIO && g.classifier === state.classifier
    && METHODS.get(g.method).column && DATA.paper.table2[g.dataset]?.[METHODS.get(g.method).column]);

  const controls = (changed) => {
    const series = seriesOf(groups());
    state.chosen ||= new Set(series.map((s) => s.id));
    return [
      chooser(state, "reading", "Our reading", readings.map((r) => ({ value: r.name, title: r.title })), changed),
      chooser(state, "table", "Table", [{ value: ALL, title: "all tables" }, ...plain(DATA.tables)], changed),
      ...(classifiers.length > 1 ? [chooser(state, "classifier", "Classifier", plain(classifiers), changed)] : []),
      picker(state, series, state.chosen, changed),
    ];
  };

  const view = (width) => {
    const metric = readings.find((r) => r.name === state.reading).metrics[0].id;
    const found = inOrder(groups()).filter((g) => state.chosen.has(seriesId(g)) && (state.table === ALL || g.dataset === state.table));
    const points = found.map((g) => ({ g, paper: DATA.paper.table2[g.dataset][METHODS.get(g.method).column], ours: summary(g, metric) }));
    const whole = points.filter((p) => p.ours.complete);
    const series = seriesOf(found);
    if (!whole.length) return emptyNote("No complete cell of this choice is stored.");
    const size = Math.min(width, 640);
    const domain = [0, 1.02];
    const { root, plot, across, up } = chart({ width: size, height: size, label: "Scatter of the paper's F1 against ours",
      x: { domain, label: "F1 in the paper (mean)", kind: "of-paper" }, y: { domain, label: `F1 here, ${state.reading} reading (mean of seeds)` } });
    plot.append(drawing("path", { d: `M${across(0)},${up(0)}L${across(1)},${up(1)}`, stroke: "var(--faint)", "stroke-dasharray": "5 4", fill: "none" }));
    for (const { g, paper, ours } of whole) {
      const [x, y] = [across(paper[0]), up(ours.mean)];
      plot.append(drawing("path", { d: `M${x},${up(ours.mean - ours.std)}V${up(ours.mean + ours.std)}`, stroke: styleOf(g).colour, "stroke-opacity": .55 }));
      plot.append(marker(g, x, y, { "fill-opacity": .8, on: { click: () => trace(`${titleOf(g)} on ${g.dataset}`, [g], metric) } },
        drawing("title", {}, `${titleOf(g)}, ${g.dataset}: paper ${number(paper[0])}, ours ${number(ours.mean)} (${number(ours.std, 3)})`)));
    }
    const gaps = whole.map((p) => p.ours.mean - p.paper[0]);
    const close = whole.filter((p) => Math.abs(p.ours.mean - p.paper[0]) <= 0.02).length;
    const cells = DATA.paper_tables.filter((d) => state.table === ALL || d === state.table).length * series.length;
    const rows = [...points].sort((a, b) => (a.ours.complete ? 0 : 1) - (b.ours.complete ? 0 : 1)
      || Math.abs(b.ours.mean - b.paper[0]) - Math.abs(a.ours.mean - a.paper[0]));
    return [
      element("p", {}, `${whole.length} of ${cells} cells are complete here; mean absolute difference ${number(mean(gaps.map(Math.abs)))}, ` +
        `${close} cells within 0.02. Bars: our standard deviation over the seeds.`),
      root, legend(series),
      numbers(["method", { node: "table", class: "text" }, { node: "paper", class: "paper" }, "ours", "std", "difference", "records"],
        rows.map(({ g, paper, ours }) => [titleOf(g), { node: g.dataset, class: "text" }, { node: number(paper[0]), class: "paper" },
          ours.complete ? number(ours.mean) : { node: ours.state, class: "missing" }, ours.complete ? number(ours.std, 3) : "–",
          ours.complete ? `${ours.mean >= paper[0] ? "+" : "−"}${number(Math.abs(ours.mean - paper[0]))}` : "–",
          traceButton(`${titleOf(g)} on ${g.dataset}`, [g], metric)]), "The paper's values and ours"),
      noteOf(found, metric),
    ];
  };
  return part("scatter", controls, view);
}
