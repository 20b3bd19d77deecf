"use strict";
// Published numbers across, ours up.

function scatter() {
  const publishedTitle = METRICS.get(DATA.published.metric)?.title;
  const protocols = DATA.protocols.map((r) => ({ ...r, metrics: r.metrics.filter((m) => m.title === publishedTitle) })).filter((r) => r.metrics.length);
  const state = { protocol: (protocols.find((r) => r.metrics.some((m) => m.id === DATA.published.metric)) ?? protocols[0])?.name, dataset: ALL, chosen: null, classifier: classifiers[0] };
  const groups = () => DATA.groups.filter((g) => g.usual && g.q === DATA.published.ratio && g.classifier === state.classifier
    && DATA.published.table[g.dataset]?.[g.method]);

  const controls = (changed) => {
    const series = seriesOf(groups());
    state.chosen ||= new Set(series.map((s) => s.id));
    return [
      chooser(state, "protocol", "Our protocol", protocols.map((r) => ({ value: r.name, title: r.title })), changed),
      chooser(state, "dataset", "Dataset", [{ value: ALL, title: "all datasets" }, ...plain(DATA.datasets)], changed),
      ...(classifiers.length > 1 ? [chooser(state, "classifier", "Classifier", plain(classifiers), changed)] : []),
      picker(state, series, state.chosen, changed),
    ];
  };

  const view = (width) => {
    const metric = protocols.find((r) => r.name === state.protocol).metrics[0].id;
    const found = inOrder(groups()).filter((g) => state.chosen.has(seriesId(g)) && (state.dataset === ALL || g.dataset === state.dataset));
    const points = found.map((g) => ({ g, printed: DATA.published.table[g.dataset][g.method], ours: summary(g, metric) }));
    const complete = points.filter((p) => p.ours.complete);
    const series = seriesOf(found);
    if (!complete.length) return emptyNote("No complete cell of this selection is stored.");
    const size = Math.min(width, 640);
    const domain = [0, 1.02];
    const { root, plot, across, up } = chart({ width: size, height: size, label: `Scatter of the published ${publishedTitle} against ours`,
      x: { domain, label: `${publishedTitle} in the ${DATA.published.source} (mean)`, kind: "of-published" }, y: { domain, label: `${publishedTitle} here, ${state.protocol} protocol (mean of seeds)` } });
    plot.append(drawing("path", { d: `M${across(0)},${up(0)}L${across(1)},${up(1)}`, stroke: "var(--faint)", "stroke-dasharray": "5 4", fill: "none" }));
    for (const { g, printed, ours } of complete) {
      const [x, y] = [across(printed[0]), up(ours.mean)];
      plot.append(drawing("path", { d: `M${x},${up(ours.mean - ours.std)}V${up(ours.mean + ours.std)}`, stroke: styleOf(g).colour, "stroke-opacity": .55 }));
      plot.append(marker(g, x, y, { "fill-opacity": .8, on: { click: () => trace(`${titleOf(g)} on ${g.dataset}`, [g], metric) } },
        drawing("title", {}, `${titleOf(g)}, ${g.dataset}: ${DATA.published.source} ${number(printed[0])}, ours ${number(ours.mean)} (${number(ours.std, 3)})`)));
    }
    const gaps = complete.map((p) => p.ours.mean - p.printed[0]);
    const close = complete.filter((p) => Math.abs(p.ours.mean - p.printed[0]) <= 0.02).length;
    const cells = DATA.published.datasets.filter((d) => state.dataset === ALL || d === state.dataset).length * series.length;
    const rows = [...points].sort((a, b) => (a.ours.complete ? 0 : 1) - (b.ours.complete ? 0 : 1)
      || Math.abs(b.ours.mean - b.printed[0]) - Math.abs(a.ours.mean - a.printed[0]));
    return [
      element("p", {}, `${complete.length} of ${cells} cells are complete here; mean absolute difference ${number(mean(gaps.map(Math.abs)))}, ` +
        `${close} cells within 0.02. Bars: our standard deviation over the seeds.`),
      root, legend(series),
      numbers(["method", { node: "dataset", class: "text" }, { node: DATA.published.source, class: "published" }, "ours", "std", "difference", "records"],
        rows.map(({ g, printed, ours }) => [titleOf(g), { node: g.dataset, class: "text" }, { node: number(printed[0]), class: "published" },
          ours.complete ? number(ours.mean) : { node: ours.state, class: "missing" }, ours.complete ? number(ours.std, 3) : "–",
          ours.complete ? `${ours.mean >= printed[0] ? "+" : "−"}${number(Math.abs(ours.mean - printed[0]))}` : "–",
          traceButton(`${titleOf(g)} on ${g.dataset}`, [g], metric)]), "The published values and ours"),
      noteOf(found, metric),
    ];
  };
  return part("scatter", controls, view);
}
