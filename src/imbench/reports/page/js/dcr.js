"use strict";
// Histograms of the distance from test minority rows to the closest synthetic row, one strip a method.

// The width of a letter in a chart, in pixels, on average and a little above.
const LETTER = 6.8;
const shortened = (text, letters) => (text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text);

function dcr() {
  const state = { dataset: null, q: String(mainRatio), classifier: classifiers[0], chosen: null };
  const metric = "dcr_test_median";
  const groups = () => DATA.groups.filter((g) => g.usual && ofSelection(state)(g));
  const having = (d) => groups().filter((g) => g.dataset === d && g.dcr.length);

  const controls = (changed) => {
    // the dataset with the most methods first; of equals, the earlier one
    state.dataset ||= [...DATA.datasets].sort((a, b) => having(b).length - having(a).length)[0];
    const series = seriesOf(groups().filter((g) => g.dcr.length));
    state.chosen ||= firstSelection(seriesOf(having(state.dataset)), 5);
    return [chooser(state, "dataset", "Dataset", plain(DATA.datasets), changed), ...commonChoosers(state, changed),
      picker(state, series, state.chosen, changed)];
  };

  const view = (width) => {
    const wanted = seriesOf(groups()).filter((s) => state.chosen.has(s.id));
    const found = inOrder(having(state.dataset)).filter((g) => state.chosen.has(seriesId(g)));
    const absent = wanted.filter((s) => !found.some((g) => seriesId(g) === s.id)).map((s) => s.title);
    const gap = absent.length ? element("p", { class: "missing" }, `Missing on ${state.dataset}: ${absent.join(", ")}.`) : null;
    if (!found.length) return [emptyNote(wanted.length ? "No run of these methods is stored for this dataset." : "Choose a method."), gap];
    const shares = found.map((g) => { const total = g.dcr.reduce((a, b) => a + b, 0); return g.dcr.map((n) => n / total); });
    const last = Math.max(...shares.map((s) => s.length));
    const top = Math.max(...shares.flat());
    const edges = DATA.dcr_edges;
    const open = last === edges.length - 1;
    const domain = [edges[0], edges[Math.min(last + 1, edges.length - 1)]];
    const size = Math.min(width, 820);
    const strips = found.map((g, i) => {
      const bottom = i === found.length - 1;
      const { root, plot, across, up } = chart({ width: size, height: bottom ? 132 : 92, margin: { top: 20, bottom: bottom ? 46 : 6, left: 62 },
        label: `DCR histogram of ${titleOf(g)} on ${state.dataset}`,
        x: { domain, label: bottom ? "distance to the closest synthetic row" : "", ticks: ticksOf(domain, size < 420 ? 4 : 8).map((t) => (bottom ? t : { ...t, text: "" })) },
        y: { domain: [0, top * 1.05], label: "share", ticks: ticksOf([0, top], 2) } });
      const { colour } = styleOf(g);
      shares[i].forEach((share, bin) => share && plot.append(drawing("rect", { x: across(edges[bin]) + .5, y: up(share),
        width: Math.max(1, across(edges[bin + 1]) - across(edges[bin]) - 1), height: up(0) - up(share), fill: colour },
        drawing("title", {}, `${edges[bin]} to ${edges[bin + 1]}: ${number(share * 100, 1)} %`))));
      const middle = summary(g, metric);
      if (middle.complete) plot.append(drawing("path", { d: `M${across(middle.mean)},${up(0)}V${up(top)}`, stroke: "var(--ink)", "stroke-dasharray": "3 3" }));
      const value = `: ${middle.complete ? `median ${number(middle.mean, 3)}` : middle.state}`;
      const text = shortened(titleOf(g), Math.floor((size - 90) / LETTER) - value.length) + value;
      root.append(marker(g, 70, 10, { on: { click: () => trace(`${titleOf(g)} on ${state.dataset}`, [g], metric) } }), drawing("text", { x: 80, y: 14 }, text, drawing("title", {}, titleOf(g) + value)));
      return root;
    });
    const rows = found.map((g, i) => {
      const middle = summary(g, metric);
      return [titleOf(g), count(g.dcr.reduce((a, b) => a + b, 0)), middle.complete ? number(middle.mean) : { node: middle.state, class: "missing" },
        `${number((shares[i][0] || 0) * 100, 1)} %`, traceButton(`${titleOf(g)} on ${state.dataset}`, [g], metric)];
    });
    return [gap, element("p", {}, `Dataset ${state.dataset}: share of the test minority rows in bins of ${number(edges[1] - edges[0], 2)}, summed over the seeds; the dashed line is the mean of the seeds' medians.${open ? " The last bin holds all larger distances." : ""}`),
      element("div", { class: "strips" }, strips),
      numbers(["method", "test rows, all seeds", "median", `below ${edges[1]}`, "records"], rows, "Distances to the closest synthetic row"),
      noteOf(found, metric)];
  };
  return part("dcr", controls, view);
}
