// Messages on the page. An element changes where its message has changed, and stays where it has not.

import { badge, code, h, json } from "./dom.js";
import { short } from "./format.js";

const ROLES = {
  __proto__: null,
  user: "User",
  assistant: "Agent",
  reasoning: "Reasoning",
  tool: "Tool result",
  system: "System",
  developer: "Developer",
  activity: "Activity",
};

// The list, and how it is brought up to date. `answer` makes what stands below a tool call, if anything.
export class MessageList {
  #shown = new Map();
  // The message in which a tool was called, by the call's id.
  #callers = new Map();

  constructor(label) {
    this.element = h("div", { class: "messages", role: "log", "aria-label": label, "aria-live": "polite", tabindex: "0" });
  }

  update(conversation) {
    this.element.setAttribute("aria-busy", String(conversation.running));
    const there = new Set(conversation.messages);
    for (const [message, item] of this.#shown) {
      if (there.has(message)) continue;
      item.element.remove();
      this.#shown.delete(message);
    }
    const results = new Map(conversation.messages.filter(({ role }) => role === "tool").map((it) => [it.toolCallId, it]));
    for (const message of conversation.changed) if (there.has(message)) this.#show(message, results);
    conversation.changed.clear();
  }

  #show(message, results) {
    let item = this.#shown.get(message);
    if (!item) {
      item = new Item(message);
      this.#shown.set(message, item);
      this.element.append(item.element);
    }
    item.update(message, results);
    for (const { id } of message.toolCalls ?? []) this.#callers.set(id, message);
    // A result stands with its call, wherever that is, and by itself only without one.
    const caller = message.role === "tool" ? this.#callers.get(message.toolCallId) : undefined;
    if (!caller) return;
    this.#shown.get(caller)?.update(caller, results);
    item.element.hidden = true;
  }
}

class Item {
  #text;
  #calls = new Map();

  constructor(message) {
    const role = ROLES[message.role] ?? String(message.role);
    this.#text = h("div", { class: "text" });
    this.element = h("div", { class: `message ${ROLES[message.role] ? message.role : "other"}` }, h("span", { class: "role" }, role), this.#text);
  }

  update(message, results) {
    const { content } = message;
    this.element.hidden = message.role === "assistant" && !content && !message.toolCalls?.length;
    this.#text.hidden = !content;
    if (typeof content === "string") this.#text.textContent = content;
    else if (Array.isArray(content)) this.#text.replaceChildren(...content.map(contentPart));
    else if (content) this.#text.replaceChildren(h("p", { class: "muted" }, message.activityType ?? ""), code("Content", json(content)));
    for (const call of message.toolCalls ?? []) this.#call(call, results.get(call.id));
  }

  #call(call, result) {
    let shown = this.#calls.get(call.id);
    if (!shown) {
      const [args, given, state] = [code("Arguments", ""), h("div", {}), h("span", {})];
      const element = h("details", { class: "call" }, h("summary", {}, h("span", { class: "strong" }, call.function.name), " ", state), h("p", { class: "muted" }, "Arguments"), args, given);
      shown = { args, given, state };
      this.#calls.set(call.id, shown);
      this.element.append(element);
    }
    shown.args.textContent = pretty(call.function.arguments);
    shown.state.replaceChildren(result ? badge("ok", "Answered") : badge("off", "Called"));
    if (result) shown.given.replaceChildren(h("p", { class: "muted" }, "Result"), code("Result", pretty(result.content)));
  }
}

// JSON with lines, where it is whole.
function pretty(text) {
  if (typeof text !== "string") return json(text);
  try {
    return json(JSON.parse(text));
  } catch {
    return text;
  }
}

// One part of a message that is more than text. Media are named, not loaded: nothing is fetched from where a message says.
function contentPart(part) {
  if (part?.type === "text") return h("p", {}, String(part.text ?? ""));
  const { mimeType, source, filename, url } = part ?? {};
  const from = url ?? source?.value ?? "";
  const told = [part?.type, mimeType ?? source?.mimeType, filename, typeof from === "string" && short(from, 60)].filter(Boolean);
  return h("p", { class: "muted" }, told.join(" · "));
}
