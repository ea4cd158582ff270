// What was used: tokens and runs by day, owner, agent and model, as the server counts them.

import { ask, base } from "./api.js";
import { empty, failed, h, loading, show } from "./dom.js";
import { exact, number, plural } from "./format.js";

const PERIODS = [["1", "Today"], ["7", "7 days"], ["30", "30 days"], ["365", "A year"]];
const COUNTS = [
  ["runs", "Runs"],
  ["inputTokens", "Input tokens"],
  ["outputTokens", "Output tokens"],
  ["totalTokens", "Tokens in all"],
  ["reasoningTokens", "Reasoning tokens"],
  ["cachedInputTokens", "Cached input"],
  ["cacheWriteInputTokens", "Written to cache"],
];
// More rows than anybody reads.
const MOST = 500;

export async function usage({ place, session, signal }) {
  const title = h("h1", {}, "Usage");
  const period = h("select", { id: "period", onchange: () => look() }, PERIODS.map(([days, label]) => h("option", { value: days, selected: days === "30" }, label)));
  const body = h("div", { class: "stack" });
  show(place, h("div", { class: "row spread head" }, title, h("div", { class: "row" }, h("label", { for: "period" }, "Period"), period)), body);
  const look = async () => {
    show(body, loading("Adding up…"));
    try {
      const found = await ask(`${base}/usage?days=${period.value}`, { signal });
      show(body, told(found, session));
    } catch (error) {
      if (!signal.aborted) show(body, failed(error, look));
    }
  };
  await look();
}

function told({ since, usage: rows }, { admin }) {
  const about = h("p", { class: "muted" }, `Counted by this server since ${exact(since)}${admin ? ", of all owners" : ""}.`);
  if (rows.length === 0) return [about, empty("Nothing used yet", "A run counts when it ends, and tokens where the agent's model tells them.")];
  const sum = (name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const counts = COUNTS.filter(([name]) => name === "runs" || sum(name) > 0);
  const card = ([name, label]) => h("div", { class: "card" }, h("p", { class: "muted" }, label), h("p", { class: "big" }, number(sum(name))));
  return [about, h("section", { class: "totals", "aria-label": "In all" }, counts.slice(0, 4).map(card)), table(rows, counts, admin)];
}

function table(rows, counts, admin) {
  const texts = [
    ["Day", (row) => row.day],
    admin && ["Owner", (row) => row.owner],
    ["Agent", (row) => row.agent],
    ["Model", (row) => [row.provider, row.model].filter(Boolean).join(" · ") || "–"],
  ].filter(Boolean);
  const head = [...texts.map(([label]) => h("th", { scope: "col" }, label)), ...counts.map(([, label]) => h("th", { scope: "col", class: "number" }, label))];
  // The newest day first.
  const shown = rows.toReversed().slice(0, MOST);
  const line = (row) => h("tr", {}, texts.map(([, text]) => h("td", {}, text(row))), counts.map(([name]) => h("td", { class: "number" }, number(row[name] ?? 0))));
  const more = rows.length > MOST && h("p", { class: "muted" }, `${plural(rows.length - MOST, "older row")} not shown`);
  const grid = h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, shown.map(line)));
  return h("div", { class: "scroll card", tabindex: "0", role: "region", "aria-label": "Usage in detail" }, grid, more);
}
