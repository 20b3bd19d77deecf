"use strict";
// Axes, markers and legends, drawn in the width that is there.
const COLOURS = 7;
const MARKERS = [
  "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", // circle
  "M-3.6,-3.6h7.2v7.2h-7.2z", // square
  "M0,-5L4.4,3.4H-4.4z", // triangle
  "M0,-5L5,0L0,5L-5,0z", // diamond
  "M0,5L4.4,-3.4H-4.4z", // triangle, point down
  "M-4.5,-1.5h3v-3h3v3h3v3h-3v3h-3v-3h-3z", // plus
  "M-4.2,-2.1l2.1,-2.1l2.1,2.1l2.1,-2.1l2.1,2.1l-2.1,2.1l2.1,2.1l-2.1,2.1l-2.1,-2.1l-2.1,2.1l-2.1,-2.1l2.1,-2.1z", // cross
  "M0,-5L1.4,-1.7L5,-1.5L2.2,0.8L3.1,4.3L0,2.4L-3.1,4.3L-2.2,0.8L-5,-1.5L-1.4,-1.7z", // star
];
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];
const PLACES = new Map(seriesOf(DATA.groups, curveId).map((s, i) => [s.id, i]));

function styleOf(group) {
  const place = PLACES.get(curveId(group));
  return {
    colour: `var(--c${place % COLOURS})`, marker: MARKERS[place % MARKERS.length],
    dash: DASHES[Math.floor(place / COLOURS) % DASHES.length],
  };
}

function marker(group, x, y, attributes = {}, ...children) {
  const { colour, marker: path } = styleOf(group);
  return drawing("path", { d: path, transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, class: "mark",
    style: `fill:${colour};stroke:${colour}`, ...attributes }, ...children);
}

function swatch(group) {
  return drawing("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, marker(group, 0, 0));
}

function publishedSwatch() {
  return drawing("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" },
    drawing("path", { d: "M0,-6L6,0L0,6L-6,0z", class: "published-point" }));
}

function legend(series, more = []) {
  return element("ul", { class: "legend" }, series.map((s) => element("li", {}, swatch(s.group), s.title)), more);
}

function ticksOf([low, high], about = 5) {
  const rough = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found.map((value) => ({ value, text: value.toFixed(digits) }));
}

function padded(values, share = 0.06, least = 0.02) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((high - low) * share, least);
  return [low - room, high + room];
}

// Axes with names. Returns the svg, its plotting group and the two scales.
function chart({ width, height, x, y, label, margin = {} }) {
  const edge = { left: 58, right: 14, top: 10, bottom: 46, ...margin };
  const scale = ([low, high], from, to) => (v) => from + ((v - low) / (high - low || 1)) * (to - from);
  const across = scale(x.domain, edge.left, width - edge.right);
  const up = scale(y.domain, height - edge.bottom, edge.top);
  const root = drawing("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" });
  for (const t of x.ticks || ticksOf(x.domain, width < 420 ? 4 : 8)) {
    const at = across(t.value);
    root.append(drawing("g", { class: "tick" },
      drawing("line", { x1: at, x2: at, y1: edge.top, y2: height - edge.bottom, class: "grid" }),
      drawing("text", { x: at, y: height - edge.bottom + 16, "text-anchor": "middle" }, t.text)));
  }
  for (const t of y.ticks || ticksOf(y.domain)) {
    const at = up(t.value);
    root.append(drawing("g", { class: "tick" },
      drawing("line", { x1: edge.left, x2: width - edge.right, y1: at, y2: at, class: "grid" }),
      drawing("text", { x: edge.left - 6, y: at + 4, "text-anchor": "end" }, t.text)));
  }
  root.append(drawing("path", { class: "axis", fill: "none",
    d: `M${edge.left},${edge.top}V${height - edge.bottom}H${width - edge.right}` }));
  if (x.label) root.append(drawing("text", { x: (edge.left + width - edge.right) / 2, y: height - 8, "text-anchor": "middle", class: `name ${x.kind || ""}` }, x.label));
  root.append(drawing("text", { transform: `translate(14,${(edge.top + height - edge.bottom) / 2}) rotate(-90)`,
    "text-anchor": "middle", class: "name" }, y.label));
  const plot = drawing("g", { class: "plot" });
  root.append(plot);
  return { root, plot, across, up, edge };
}

// A table that scrolls sideways in its own box. Cells are texts, nodes, or {node, class}.
function table(header, rows, label) {
  const cell = (name, c, i) => {
    const cellOf = c !== null && typeof c === "object" && !(c instanceof Node) && !Array.isArray(c) ? c : { node: c };
    return element(name, { class: cellOf.class, scope: name === "th" ? (i === null ? "col" : "row") : null,
      "aria-sort": cellOf.sort }, cellOf.node);
  };
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element("table", {},
      element("thead", {}, element("tr", {}, header.map((h) => cell("th", h, null)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((c, i) => cell(i ? "td" : "th", c, i)))))));
}

function numbers(header, rows, label) {
  return element("details", { class: "numbers" }, element("summary", {}, "The numbers as a table"), table(header, rows, label));
}
