// Builds the page. Whatever comes from a server becomes a text node or an attribute's value, never markup.

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes, listeners (`onclick`), and children: nodes, texts, or nothing.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
}

const ICONS = {
  overview: "M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
  chat: "M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-8l-4 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z",
  threads: "M4 6h16M4 12h16M4 18h10",
  runs: "M3 12h4l3-7 4 14 3-7h4",
  usage: "M5 20V11M12 20V4M19 20v-6",
  configuration: "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5",
  theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z",
  key: "M14.5 9.5a4 4 0 1 1-3 3.9L4 20H3v-3h3v-2h2v-2l2.6-1.6",
};

// A small picture beside a word that says the same.
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export const button = (label, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, label);

// A word on a coloured ground; the kind is one of ok, busy, warn, bad, off.
export const badge = (kind, text) => h("span", { class: `badge ${kind}` }, text);

// What stands where there is nothing to show.
export const empty = (title, ...more) => h("div", { class: "empty" }, h("p", { class: "strong" }, title), ...more.map((it) => (typeof it === "string" ? h("p", {}, it) : it)));

export const loading = (what = "Loading…") => h("p", { class: "loading", role: "status" }, what);

// A failure, told at once to those who listen, with a way to try again.
export const failed = (error, again) =>
  h("div", { class: "failed", role: "alert" }, h("p", {}, error.message ?? String(error)), again && button("Try again", again, { class: "small" }));

export const json = (value) => {
  try {
    return JSON.stringify(value, null, 2) ?? "";
  } catch {
    return String(value);
  }
};

// JSON or text in a box of its own, which the keyboard can scroll.
export const code = (label, text) => h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, text);

// Shows `node` and nothing else in `place`.
export const show = (place, ...nodes) => place.replaceChildren(...nodes.flat().filter(Boolean));

// Runs `paint` once before the next frame, however often it is asked for; not while the page is hidden, but then soon.
export function painter(paint) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    const go = () => ((due = false), paint());
    if (document.hidden) setTimeout(go, 200);
    else requestAnimationFrame(go);
  };
}
