// The frame of the page: what stands beside every view, which view an address names, and the way in.

import { ask, own, onUnauthorized } from "./api.js";
import { failed, h, icon, loading, show } from "./dom.js";
import { lasting } from "./format.js";
import { signIn, signOutButton } from "./key.js";
import { themeButton } from "./theme.js";
import { chat } from "./chat.js";
import { configuration } from "./configuration.js";
import { overview } from "./overview.js";
import { runs } from "./runs.js";
import { thread } from "./thread.js";
import { threads } from "./threads.js";
import { usage } from "./usage.js";

const VIEWS = {
  __proto__: null,
  overview: { title: "Overview", show: overview },
  chat: { title: "Chat", show: chat },
  threads: { title: "Threads", show: (context) => (context.name ? thread(context) : threads(context)) },
  runs: { title: "Live runs", short: "Runs", show: runs },
  usage: { title: "Usage", show: usage },
  configuration: { title: "Configuration", short: "Config", show: configuration },
};

const main = document.getElementById("main");
const side = document.getElementById("side");
let leaving = new AbortController();
let session;

// `#threads/ID?owner=O`: the view, the one thing that it is about, and the rest.
function address() {
  const [path, query] = location.hash.slice(1).split("?");
  const [view, name] = path.split("/");
  let decoded;
  try {
    decoded = name && decodeURIComponent(name);
  } catch {
    decoded = undefined;
  }
  return { view: VIEWS[view] ? view : "overview", name: decoded, query: new URLSearchParams(query) };
}

async function navigate() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { view, name, query } = address();
  const { title, show: enter } = VIEWS[view];
  document.title = `${title} · agui-runtime`;
  for (const link of side.querySelectorAll("nav a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const place = h("div", { class: `view ${view}` });
  show(main, place);
  scrollTo(0, 0);
  try {
    await enter({ place, name, query, session, signal });
  } catch (error) {
    if (!signal.aborted) show(place, h("h1", {}, title), failed(error, navigate));
  }
}

function frame() {
  const link = ([view, { title, short }]) =>
    h("a", { href: `#${view}`, "data-view": view }, icon(view), h("span", { class: "long" }, title), h("span", { class: "short" }, short ?? title));
  const { server } = session;
  const up = h("span", {});
  const tick = () => (up.textContent = `up ${lasting((Date.now() - session.since) / 1000)}`);
  tick();
  setInterval(tick, 10_000);
  show(
    side,
    h("a", { class: "brand", href: "#overview" }, h("span", { class: "mark", "aria-hidden": "true" }), h("span", {}, "agui-runtime")),
    h("nav", { "aria-label": "Views" }, Object.entries(VIEWS).map(link)),
    h(
      "div",
      { class: "about" },
      h("p", {}, `Version ${server.version}`, h("br"), `Store ${server.store}`, h("br"), up),
      h("div", { class: "row" }, themeButton(), signOutButton()),
    ),
  );
}

async function start() {
  show(main, loading());
  try {
    session = await ask(own("session"));
    session.since = Date.now() - session.server.uptimeSeconds * 1000;
  } catch (error) {
    show(main, h("div", { class: "view" }, h("h1", {}, "agui-runtime"), failed(error, start)));
    return;
  }
  frame();
  await navigate();
}

onUnauthorized(signIn);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => {
  if (!session) return;
  navigate();
  main.focus({ preventScroll: true });
});
start();
