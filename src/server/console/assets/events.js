// Events as they come, newest last. Runs of deltas of one message stand in one line, which counts them.

import { code, h, json } from "./dom.js";
import { clock, short } from "./format.js";

// So many lines are kept.
const MOST = 500;
const TEXT = 90;

export class EventList {
  #last;
  #lines = 0;
  count = 0;

  constructor(label) {
    this.lines = h("ol", {});
    this.element = h("div", { class: "events", tabindex: "0", role: "region", "aria-label": label }, this.lines);
  }

  add(event) {
    this.count += 1;
    const key = event.delta !== undefined && typeof event.delta === "string" ? `${event.type} ${event.messageId ?? event.toolCallId}` : undefined;
    if (key && this.#last?.key === key) return this.#last.more(event);
    const near = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40;
    const line = new Line(event, key);
    this.#last = line;
    this.lines.append(line.element);
    this.#lines += 1;
    if (this.#lines > MOST) this.lines.firstChild.remove();
    if (near) this.element.scrollTop = this.element.scrollHeight;
  }
}

class Line {
  #events = [];
  #times;
  #told;

  constructor(event, key) {
    this.key = key;
    this.#times = h("span", { class: "times" });
    this.#told = h("span", { class: "told" });
    const summary = h("summary", {}, h("time", {}, clock(event.timestamp ?? Date.now())), h("span", { class: "type" }, String(event.type)), this.#times, this.#told);
    const details = h("details", { ontoggle: () => details.open && this.#open(details) }, summary);
    this.element = h("li", { class: kind(event.type) }, details);
    this.more(event);
  }

  more(event) {
    this.#events.push(event);
    if (this.#events.length > 1) this.#times.textContent = `×${this.#events.length}`;
    const text = this.key ? this.#events.slice(0, 40).map(({ delta }) => delta).join("") : gist(event);
    this.#told.textContent = short(text, TEXT);
  }

  #open(details) {
    const whole = this.#events.length === 1 ? this.#events[0] : this.#events;
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
