"use strict";
// The stored data, elements, and what every section computes from a group of runs.
const DATA = JSON.parse(document.getElementById("data").textContent);
const METRIC_AT = new Map(DATA.metrics.map((id, i) => [id, i]));
const METRICS = new Map(DATA.protocols.flatMap((r) => r.metrics.map((m) => [m.id, { ...m, protocol: r }])));
const METHODS = new Map(DATA.methods.map((m, i) => [m.name, { ...m, place: i }]));

function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function drawing(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
  return node;
}

const number = (value, digits = 4) => value.toFixed(digits);
const count = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 0 });
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const unique = (values) => [...new Set(values)];
const ratios = unique(DATA.groups.map((g) => g.q)).sort((a, b) => a - b);
// The imbalance ratio of the published numbers, or the one with the most groups.
const groupsAt = (q) => DATA.groups.filter((g) => g.q === q).length;
const mainRatio = ratios.includes(DATA.published?.ratio) ? DATA.published.ratio
  : [...ratios].sort((a, b) => groupsAt(b) - groupsAt(a))[0];
const classifiers = unique(DATA.groups.map((g) => g.classifier));
const models = unique(DATA.groups.map((g) => g.llm).filter((m) => m !== null)).sort();

// One metric of one group: mean and population std over the seeds, or what is missing and why.
function summary(group, metric) {
  if (!group) return { complete: false, state: "missing", values: [] };
  const row = group.values[METRIC_AT.get(metric)] || [];
  const values = row.filter((v) => v !== null);
  if (values.length === DATA.seeds.length) {
    const middle = mean(values);
    const std = Math.sqrt(mean(values.map((v) => (v - middle) ** 2)));
    return { complete: true, mean: middle, std, values };
  }
  const failed = unique(group.runs.map((key) => DATA.runs[key].state).filter((s) => s !== "done"));
  const none = group.runs.every((key) => DATA.runs[key].state === "done") && !values.length;
  const text = values.length ? `${values.length} of ${DATA.seeds.length}` : none ? "no rows" : "missing";
  const short = none && group.runs.length < DATA.seeds.length ? "missing" : text;
  return { complete: false, state: failed.length ? `${short} (${failed.join(", ")})` : short, values };
}

function titleOf(group, withRatio = true) {
  const text = [METHODS.get(group.method).title];
  if (group.llm) text.push(` · ${group.llm}`);
  if (group.setting) text.push(` · ${group.setting}`);
  if (withRatio && !group.usual_r && group.r !== null) text.push(` · r = ${group.r}`);
  return text.join("");
}

// A series is one method with one model and one setting, over datasets (and, without r, over r).
const seriesId = (group) => [group.method, group.llm, group.setting, group.usual_r ? "" : group.r].join("|");
const curveId = (group) => [group.method, group.llm, group.setting].join("|");

function inOrder(groups) {
  const key = (g) => [METHODS.get(g.method).place, g.llm ?? "", g.setting, g.r ?? 0];
  return [...groups].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
  });
}

// Distinct series of some groups as {id, title, group}: `group` is any one of the series.
function seriesOf(groups, id = seriesId, withRatio = true) {
  const found = new Map();
  for (const group of inOrder(groups)) {
    if (!found.has(id(group))) found.set(id(group), { id: id(group), title: titleOf(group, withRatio), group });
  }
  return [...found.values()];
}

// The series to begin with: the last of the suite's methods among those that have something to show.
function firstSelection(series, howMany) {
  const usual = series.filter((s) => s.group.usual && METHODS.get(s.group.method).competes);
  const ofSuite = usual.filter((s) => METHODS.get(s.group.method).in_suite);
  return new Set((ofSuite.length ? ofSuite : usual.length ? usual : series).slice(-howMany).map((s) => s.id));
}

// Model, protocol, seeds, number of runs and commits of the groups that a view shows.
function noteOf(groups, metric) {
  const runs = unique(groups.flatMap((g) => g.runs)).map((key) => DATA.runs[key]).filter((r) => r.state === "done");
  const named = unique(groups.map((g) => g.llm).filter((m) => m !== null)).sort();
  const commits = unique(runs.map((r) => DATA.commits[r.commit])).sort();
  const protocol = METRICS.has(metric) ? `${METRICS.get(metric).protocol.title}; ` : "";
  const text = `language model: ${named.join(", ") || "none"}; seeds ${DATA.seeds.join(", ")}; ` +
    `imbalance ratio ${unique(groups.map((g) => g.q)).sort().join(", ")}; ` +
    `classifier ${unique(groups.map((g) => g.classifier)).join(", ")}; ${count(runs.length)} runs; ` +
    `commit ${commits.join(", ") || "unknown"}`;
  return element("p", { class: "note" }, protocol + text);
}

const emptyNote = (text) => element("p", { class: "empty" }, text);
