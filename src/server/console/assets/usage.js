// What was used, as the server counts it: totals, and the rows that it gives.

import { ask, base } from "./api.js";
import { empty, h, loading, show } from "./dom.js";
import { exact, number } from "./format.js";

export async function usage({ place, session, signal }) {
  const title = h("h1", {}, "Usage");
  if (!session.server.usage) return show(place, title, empty("This server does not count usage", "Its version has no such figures."));
  show(place, title, loading("Adding up…"));
  const found = await ask(`${base}/usage`, { signal });
  const rows = Object.values(found).find((it) => Array.isArray(it)) ?? [];
  const since = typeof found.since === "string" && h("p", { class: "muted" }, `Since ${exact(found.since)}`);
  const none = empty("Nothing used yet", "Tokens are counted where an agent's model tells them with the end of a run.");
  if (rows.length === 0) return show(place, title, since, none);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const numeric = new Set(columns.filter((name) => rows.every((row) => typeof (row[name] ?? 0) === "number")));
  show(place, title, since, totals(rows, [...numeric]), table(rows, columns, numeric));
}

// `inputTokens` or `input_tokens` as people write it.
function words(name) {
  const spaced = name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function totals(rows, columns) {
  const sum = (name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  return h("section", { class: "totals", "aria-label": "In all" }, columns.map((name) => h("div", { class: "card" }, h("p", { class: "muted" }, words(name)), h("p", { class: "big" }, number(sum(name))))));
}

function table(rows, columns, numeric) {
  const kind = (name) => (numeric.has(name) ? "number" : undefined);
  const text = (value) => (typeof value === "number" ? number(value) : value === null || value === undefined ? "–" : String(value));
  const head = columns.map((name) => h("th", { scope: "col", class: kind(name) }, words(name)));
  const body = rows.map((row) => h("tr", {}, columns.map((name) => h("td", { class: kind(name) }, text(row[name])))));
  return h("div", { class: "scroll card", tabindex: "0", role: "region", "aria-label": "Usage in detail" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}
