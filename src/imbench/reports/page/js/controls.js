"use strict";
// Select boxes, check boxes and the picker of methods. Each keeps one field of its section's state.

function chooser(state, name, label, options, changed) {
  const box = element("select", { "data-option": name, on: { change: () => { state[name] = box.value; changed(); } } },
    options.map((o) => element("option", { value: o.value }, o.title)));
  box.value = state[name];
  return element("label", {}, label, box);
}

function tick(state, name, label, changed) {
  const box = element("input", { type: "checkbox", "data-option": name,
    on: { change: () => { state[name] = box.checked; changed(); } } });
  box.checked = state[name];
  return element("label", { class: "tick" }, box, label);
}

const plain = (values) => values.map((v) => ({ value: String(v), title: String(v) }));

// Protocol and metric; a change of the protocol keeps the metric where the new protocol has it.
function metricChoosers(state, changed, protocols = DATA.protocols) {
  const short = (id, protocol) => id.replace(`${protocol.name}_`, "");
  const protocol = protocols.find((r) => r.name === state.protocol) || protocols[0];
  state.protocol = protocol.name;
  if (!protocol.metrics.some((m) => m.id === state.metric)) {
    const wanted = state.metric ? state.metric.replace(/^[a-z]+_/, "") : "";
    state.metric = (protocol.metrics.find((m) => short(m.id, protocol) === wanted) || protocol.metrics[0]).id;
  }
  return [
    chooser(state, "protocol", "Protocol", protocols.map((r) => ({ value: r.name, title: r.title })), changed),
    chooser(state, "metric", "Metric", protocol.metrics.map((m) => ({ value: m.id, title: m.title })), changed),
  ];
}

function commonChoosers(state, changed) {
  const found = [];
  if (ratios.length > 1) found.push(chooser(state, "q", "Imbalance ratio q", plain(ratios), changed));
  if (classifiers.length > 1) found.push(chooser(state, "classifier", "Classifier", plain(classifiers), changed));
  return found;
}

const ofSelection = (state) => (g) => g.q === Number(state.q) && g.classifier === state.classifier;

// A folding list of check boxes; `chosen` is a set of ids. It stays open while one ticks.
function picker(state, series, chosen, changed) {
  const shown = series.filter((s) => chosen.has(s.id)).length;
  const ticks = series.map((s) => {
    const box = element("input", { type: "checkbox", "data-series": s.id, on: { change: () => {
      if (box.checked) chosen.add(s.id); else chosen.delete(s.id);
      changed(`[data-series="${CSS.escape(s.id)}"]`);
    } } });
    box.checked = chosen.has(s.id);
    return element("label", { class: "tick" }, box, swatch(s.group), s.title);
  });
  const button = (text, ids) => element("button", { type: "button", class: "small", "data-option": text, on: { click: () => {
    chosen.clear();
    ids.forEach((id) => chosen.add(id));
    changed(`[data-option="${text}"]`);
  } } }, text);
  const node = element("details", { class: "picker" },
    element("summary", {}, `Methods (${shown} of ${series.length} shown)`),
    element("div", { class: "ticks" }, ticks),
    button("none", []), " ", button("all", series.map((s) => s.id)));
  node.open = Boolean(state.open);
  node.addEventListener("toggle", () => { state.open = node.open; });
  return node;
}

// A part of the page: `controls` and `view` give its nodes anew after each change; the focus stays.
function part(id, controls, view) {
  const section = document.getElementById(id);
  const [top, bottom] = [section.querySelector(".controls"), section.querySelector(".view")];
  const draw = (focus) => {
    const active = document.activeElement;
    const name = focus || (top.contains(active) && active.dataset.option ? `[data-option="${active.dataset.option}"]` : null);
    top.replaceChildren(...[controls(draw)].flat(Infinity).filter(Boolean));
    bottom.replaceChildren(...[view(bottom.clientWidth, draw)].flat(Infinity).filter(Boolean));
    if (name) top.querySelector(name)?.focus();
  };
  return draw;
}
