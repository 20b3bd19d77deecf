"use strict";
(function main() {
  const left = Object.entries(DATA.left_out).map(([what, n]) => `${count(n)} with ${what}`);
  document.getElementById("provenance").textContent =
    `Seeds ${DATA.seeds.join(", ")}; ${DATA.provenance}.${left.length ? ` Stored runs not shown: ${left.join(", ")}.` : ""}`;
  for (const node of document.querySelectorAll(".published-only")) node.hidden = !DATA.published;
  for (const node of document.querySelectorAll(".published-mark")) node.textContent = DATA.published?.source ?? "";
  if (!DATA.groups.length) {
    for (const box of document.querySelectorAll(".view")) box.append(emptyNote("No run is stored yet."));
    return;
  }
  const sections = [leaderboard, ...(DATA.published ? [scatter] : []), curves, dcr, map, ledger];
  const parts = sections.map((section) => section());
  parts.forEach((draw) => draw());
  let width = document.body.clientWidth;
  addEventListener("resize", () => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    parts.forEach((draw) => draw());
  });
})();
