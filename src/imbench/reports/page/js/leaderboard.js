"use strict";
// Methods as rows, datasets (or one dataset) as columns.
const ALL = "*all", COMMON = "*common";

function leaderboard() {
  const state = { dataset: ALL, protocol: DATA.protocols[0].name, metric: null, model: "*", q: String(mainRatio),
    classifier: classifiers[0], others: false, sort: null, down: true };

  const controls = (changed) => [
    chooser(state, "dataset", "Dataset", [
      { value: ALL, title: "all datasets, with their average" },
      { value: COMMON, title: "datasets complete for every method shown" },
      ...plain(DATA.datasets)], changed),
    ...metricChoosers(state, changed),
    chooser(state, "model", "Language model", [
      { value: "*", title: "any or none" }, ...plain(models),
      { value: "", title: "none" }], changed),
    ...commonChoosers(state, changed),
    tick(state, "others", "other settings too (ablations, ratios)", changed),
  ];

  const view = (width, redraw) => {
    const groups = DATA.groups.filter(ofSelection(state))
      .filter((g) => g.usual || state.others)
      .filter((g) => state.model === "*" || (g.llm ?? "") === state.model || (state.model && g.llm === null));
    const series = seriesOf(groups);
    if (!series.length) return emptyNote("No run of these settings is stored.");
    const metric = METRICS.get(state.metric);
    const at = new Map(groups.map((g) => [`${seriesId(g)} ${g.dataset}`, g]));
    const of = (s, d) => summary(at.get(`${s.id} ${d}`), state.metric);
    const single = DATA.datasets.includes(state.dataset);
    // A method complete on no dataset (a single trial, say) would leave no dataset in common.
    const tried = series.filter((s) => !DATA.datasets.some((d) => of(s, d).complete));
    const shown = single ? [state.dataset] : state.dataset === ALL
      ? unique([...DATA.suite_datasets, ...DATA.datasets])
      : DATA.datasets.filter((d) => series.every((s) => tried.includes(s) || of(s, d).complete));
    const rows = series.map((s) => {
      const cells = shown.map((d) => of(s, d));
      const complete = cells.length > 0 && cells.every((c) => c.complete);
      const average = complete ? { complete, mean: mean(cells.map((c) => c.mean)) }
        : { complete, state: `${cells.filter((c) => c.complete).length} of ${shown.length} datasets` };
      return { s, method: METHODS.get(s.group.method), cells, average, groups: shown.map((d) => at.get(`${s.id} ${d}`)).filter(Boolean) };
    });
    const columns = single ? [] : [{ id: "average", title: "average", of: (r) => r.average }];
    shown.forEach((d, i) => columns.push({ id: d, title: d, of: (r) => r.cells[i] }));
    for (const c of columns) rank(c, rows, metric.better);
    // Published numbers have one metric and ratio; their average is over all of their datasets.
    const compared = state.metric === DATA.published?.metric && Number(state.q) === DATA.published.ratio && state.dataset !== COMMON;
    const publishedOf = (r) => (compared && r.s.group.usual && DATA.published.table[single ? state.dataset : DATA.published.average]?.[r.s.group.method]) || null;
    sortRows(state, rows, columns, publishedOf, metric.better);

    const head = (id, title, kind) => ({
      class: kind, sort: state.sort === id ? (state.down ? "descending" : "ascending") : "none",
      node: element("button", { type: "button", "data-sort": id, on: { click: () => {
        state.down = state.sort === id ? !state.down : id !== "method";
        state.sort = id;
        redraw();
        document.querySelector(`#leaderboard [data-sort="${CSS.escape(id)}"]`)?.focus();
      } } }, title),
    });
    const header = [head("method", "method", "text"), "records", ...columns.slice(0, 1).map((c) => head(c.id, c.title)),
      ...(compared ? [head("published", DATA.published.source, "published")] : []), ...columns.slice(1).map((c) => head(c.id, c.title)),
      ...(single ? ["std", "seeds"] : [])];
    const lines = rows.map((r) => {
      const printed = publishedOf(r);
      const first = columns.slice(0, 1).map((c) => cellOf(c.of(r), c, single || c.id === "average"));
      const one = single ? r.cells[0] : null;
      return [
        [r.s.title, r.method.competes ? null : [" ", element("span", { class: "tag" }, "reference")]],
        traceButton(r.s.title, r.groups, state.metric), ...first,
        ...(compared ? [{ class: "published", node: printed ? number(printed[0]) + (printed[1] === null ? "" : ` (${printed[1].toFixed(3)})`) : "–" }] : []),
        ...columns.slice(1).map((c) => cellOf(c.of(r), c)),
        ...(single ? [one.complete ? number(one.std, 3) : "–", `${one.values.length} of ${DATA.seeds.length}`] : []),
      ];
    });
    const text = { 1: "more is better", [-1]: "less is better", 0: "neither more nor less is better in itself" }[metric.better];
    const which = state.dataset === COMMON
      ? `Datasets complete for ${series.length - tried.length} methods: ${shown.join(", ") || "none; narrow the selection of models or settings"}. `
        + (tried.length ? `Complete on no dataset: ${tried.map((s) => s.title).join(", ")}. ` : "") : "";
    return [
      element("p", {}, `${which}${metric.title}: ${text}. ${metric.protocol.title[0].toUpperCase()}${metric.protocol.title.slice(1)}: ${metric.protocol.note}. Marked: the best and the second of the methods that compete and are complete there.`),
      table(header, lines, "Leaderboard"), noteOf(rows.flatMap((r) => r.groups), state.metric),
    ];
  };
  return part("leaderboard", controls, view);
}

// Best and second value of a column among the methods that compete; equal as printed share their mark.
function rank(column, rows, better) {
  const values = rows.filter((r) => r.method.competes && column.of(r).complete).map((r) => number(column.of(r).mean));
  const order = unique(values).sort((a, b) => better * (b - a));
  column.best = better && values.length > 1 ? order[0] : null;
  column.second = better && values.length > 1 ? order[1] : null;
  column.marks = (r) => r.method.competes;
  for (const row of rows) (row.marks ||= new Map()).set(column.id, row.method.competes && column.of(row).complete
    ? { [column.best]: "best", [column.second]: "second" }[number(column.of(row).mean)] : undefined);
  column.markOf = (cell) => rows.find((r) => column.of(r) === cell).marks.get(column.id);
}

function cellOf(cell, column, plainCell = false) {
  if (!cell.complete) return { node: cell.state, class: "missing" };
  const value = element("span", { class: column.markOf(cell) }, number(cell.mean));
  return { node: plainCell || cell.std === undefined ? value : [value, element("small", {}, ` (${number(cell.std, 3)})`)] };
}

// What is missing stays at the end, whichever way one sorts.
function sortRows(state, rows, columns, publishedOf, better) {
  if (state.sort !== "method" && state.sort !== "published" && !columns.some((c) => c.id === state.sort)) {
    state.sort = columns.length ? columns[0].id : "method";
    state.down = better >= 0;
  }
  if (state.sort === "method") {
    if (state.down) rows.reverse();
    return;
  }
  const column = columns.find((c) => c.id === state.sort);
  const value = (r) => (state.sort === "published" ? publishedOf(r)?.[0] ?? null : column.of(r).complete ? column.of(r).mean : null);
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return state.down ? y - x : x - y;
  });
}
