// How the server does: itself, its agents, and whom else it asks.

import { ask, base, part } from "./api.js";
import { badge, empty, failed, h, loading, show } from "./dom.js";
import { ago, lasting, plural } from "./format.js";

const REFRESH = 10_000;
const STATES = {
  __proto__: null,
  ok: ["ok", "Answers"],
  unknown: ["off", "Not asked yet"],
  failing: ["bad", "Fails"],
  open: ["bad", "Left alone for a while"],
};

export async function overview({ place, session, signal }) {
  const health = h("section", { class: "card status", "aria-label": "Server" }, loading("Looking at the server…"));
  const agents = h("div", { class: "cards" }, loading("Looking for agents…"));
  const others = h("div", {});
  show(place, h("h1", {}, "Overview"), health, h("h2", {}, "Agents"), agents, others, links(session));
  let timer;
  const look = async () => {
    clearTimeout(timer);
    try {
      const [ready, info] = await Promise.all([ask("health/ready", { signal, taken: [503] }), ask(`${base}/info`, { signal })]);
      // Only admins are told how upstreams do.
      const { upstreams } = ready;
      showHealth(health, ready, session);
      showAgents(agents, info.agents ?? {}, upstreams);
      showOthers(others, (upstreams ?? []).filter(({ kind }) => kind !== "agent"));
    } catch (error) {
      if (signal.aborted) return;
      show(health, failed(error, look));
      if (agents.querySelector(".loading")) show(agents, empty("The agents are not known", "They show here once the server answers."));
      if (error.status === 401) return;
    }
    timer = setTimeout(look, REFRESH);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  await look();
}

function showHealth(place, ready, session) {
  const { server, owner, admin } = session;
  const works = ready.status === "ready";
  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const missing = ready.missing ?? [];
  show(
    place,
    h("div", { class: "row spread" }, h("h2", {}, works ? "The server is ready" : "The server is not ready"), badge(works ? "ok" : "bad", works ? "Ready" : "Not ready")),
    ready.reason && h("p", {}, ready.reason),
    h(
      "dl",
      { class: "facts" },
      fact("Store", `${server.store}, ${ready.store === "ok" ? "works" : "fails"}`),
      fact("Up", lasting((Date.now() - session.since) / 1000)),
      fact("Version", server.version),
      fact("You are", admin ? `${owner} (admin)` : owner),
    ),
    missing.length > 0 && h("div", {}, h("h3", {}, plural(missing.length, "server does not answer", "servers do not answer")), h("ul", {}, missing.map((it) => h("li", {}, it)))),
  );
}

function showAgents(place, agents, upstreams) {
  const names = Object.keys(agents);
  if (names.length === 0) return show(place, empty("No agents", "Name one in the configuration, as [agents.default]."));
  // What holds the keyboard's focus stays.
  const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
  show(place, names.map((name) => card(name, agents[name], upstreams)));
  if (focused) [...place.querySelectorAll("a")].find((it) => it.getAttribute("href") === focused)?.focus();
}

function card(name, agent, upstreams) {
  const upstream = upstreams?.find((it) => it.kind === "agent" && it.name === name);
  const can = Object.entries(agent.capabilities ?? {}).filter(([, value]) => value && (typeof value !== "object" || Object.values(value).some(Boolean)));
  return h(
    "article",
    { class: "card" },
    h("div", { class: "row spread" }, h("h3", {}, name), upstream ? state(upstream) : upstreams && badge("ok", "Built in")),
    h("p", { class: "muted" }, agent.className ?? ""),
    agent.description && h("p", {}, agent.description),
    upstream && trouble(upstream),
    can.length > 0 && h("ul", { class: "chips", "aria-label": "Capabilities" }, can.map(([it]) => h("li", {}, words(it)))),
    h("p", { class: "actions" }, h("a", { class: "button primary", href: `#chat/${part(name)}`, "aria-label": `Chat with ${name}` }, "Chat")),
  );
}

const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function state(upstream) {
  const [kind, text] = STATES[upstream.state] ?? ["off", String(upstream.state)];
  return badge(kind, text);
}

function trouble({ since, until, error, detail }) {
  const told = [since && `since ${ago(since)}`, until && `asked again ${ago(until)}`].filter(Boolean).join(", ");
  return h("div", {}, error && h("p", { class: "problem" }, error, told && ` (${told})`), detail && h("p", { class: "muted" }, detail));
}

function showOthers(place, upstreams) {
  if (upstreams.length === 0) return show(place);
  const row = (it) => h("tr", {}, h("td", {}, it.name), h("td", {}, words(it.kind.replaceAll("_", " "))), h("td", {}, state(it)), h("td", {}, trouble(it)));
  const head = ["Name", "Kind", "State", "More"].map((name) => h("th", { scope: "col" }, name));
  show(place, h("h2", {}, "Other servers"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Other servers" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, upstreams.map(row)))));
}

function links({ server, admin }) {
  // A page of this server's own; a new tab has the key of this one only if it knows where it comes from.
  const link = (href, title, text) => h("li", {}, h("a", { href, target: "_blank", rel: "opener" }, title), h("span", { class: "muted" }, text));
  return h(
    "section",
    {},
    h("h2", {}, "References"),
    h(
      "ul",
      { class: "links card" },
      server.graphiql && link(base, "GraphiQL", "GraphQL queries, and the schema"),
      link("docs", "REST reference", "every route of the AG-UI face, with examples to try"),
      link("openapi.json", "OpenAPI document", "the same for programs"),
      link("health/ready", "Health", "for probes"),
      server.metrics && admin && link("metrics", "Metrics", "for Prometheus"),
    ),
  );
}
