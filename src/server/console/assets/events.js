// Events as they come, newest last. Runs of deltas of one message stand in one line, which counts them.

import { code, h, json, painter } from "./dom.js";
import { clock, short } from "./format.js";

// So many lines are kept.
const MOST = 500;
const TEXT = 90;

export class EventList {
  #last;
  // Lines that are new, and those that have changed, since the page was painted.
  #fresh = [];
  #changed = new Set();
  #paint = painter(() => this.#show());
  count = 0;

  constructor(label) {
    this.lines = h("ol", {});
    this.element = h("div", { class: "events", tabindex: "0", role: "region", "aria-label": label }, this.lines);
  }

  add(event) {
    this.count += 1;
    const key = event.delta !== undefined && typeof event.delta === "string" ? `${event.type} ${event.messageId ?? event.toolCallId}` : undefined;
    if (!key || this.#last?.key !== key) {
      this.#last = new Line(event, key);
      this.#fresh.push(this.#last.element);
      if (this.#fresh.length > MOST) this.#fresh.shift();
    }
    this.#last.events.push(event);
    this.#changed.add(this.#last);
    this.#paint();
  }

  #show() {
    const near = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40;
    for (const line of this.#changed) line.show();
    this.lines.append(...this.#fresh);
    while (this.lines.childElementCount > MOST) this.lines.firstChild.remove();
    this.#changed.clear();
    this.#fresh = [];
    if (near) this.element.scrollTop = this.element.scrollHeight;
  }
}

class Line {
  events = [];
  #times;
  #told;

  constructor(event, key) {
    this.key = key;
    this.#times = h("span", { class: "times" });
    this.#told = h("span", { class: "told" });
    const summary = h("summary", {}, h("time", {}, clock(event.timestamp ?? Date.now())), h("span", { class: "type" }, String(event.type)), this.#times, this.#told);
    const details = h("details", { ontoggle: () => details.open && this.#open(details) }, summary);
    this.element = h("li", { class: kind(event.type) }, details);
  }

  show() {
    const { events } = this;
    if (events.length > 1) this.#times.textContent = `×${events.length}`;
    const text = this.key ? events.slice(0, 40).map(({ delta }) => delta).join("") : gist(events[0]);
    this.#told.textContent = short(text, TEXT);
  }

  #open(details) {
    const whole = this.events.length === 1 ? this.events[0] : this.events;
    const box = code("Event", json(whole));
    if (details.childElementCount > 1) details.lastChild.replaceWith(box);
    else details.append(box);
  }
}

function kind(type) {
  if (/ERROR/.test(type)) return "bad";
  if (/^RUN_/.test(type)) return "run";
  if (/^TOOL_/.test(type)) return "tool";
  return /^STATE_/.test(type) ? "state" : "";
}

// What an event is about, in a few words.
function gist(event) {
  const { message, toolCallName, stepName, name, role, content, outcome, delta, snapshot } = event;
  if (outcome?.type) return outcome.type;
  for (const text of [message, toolCallName, stepName, name, role, content]) if (typeof text === "string") return text;
  const value = delta ?? snapshot ?? content;
  return value === undefined ? "" : JSON.stringify(value);
}
