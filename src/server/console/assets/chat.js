// Tries an agent: a conversation as an application has it, on a thread of its own.

import { ask, base, face, part, runInput, stream } from "./api.js";
import { Conversation } from "./conversation.js";
import { button, code, empty, failed, h, json, loading, painter, show } from "./dom.js";
import { EventList } from "./events.js";
import { MessageList } from "./messages.js";
import { interruptCard, toolCard } from "./answers.js";
import { Settings } from "./settings.js";

const newId = () => runInput("").runId;

export async function chat({ place, name, query, signal }) {
  show(place, h("h1", {}, "Chat"), loading("Looking for agents…"));
  const { agents = {} } = await ask(`${base}/info`, { signal });
  const names = Object.keys(agents);
  if (names.length === 0) return show(place, h("h1", {}, "Chat"), empty("No agents to chat with", "Name one in the configuration, as [agents.default]."));
  const agent = names.includes(name) ? name : names.includes("default") ? "default" : names[0];
  const talk = new Talk(agent, query.get("thread") ?? newId(), signal);
  const pick = h("select", { id: "agent", onchange: () => (location.hash = `chat/${part(pick.value)}`) }, names.map((it) => h("option", { value: it, selected: it === agent }, it)));
  show(
    place,
    h("div", { class: "row spread head" }, h("h1", {}, "Chat"), h("div", { class: "row" }, h("label", { for: "agent" }, "Agent"), pick, button("New thread", () => talk.renew(), { class: "small" }))),
    name && !names.includes(name) && h("p", { class: "problem" }, `There is no agent “${name}”; this is ${agent}.`),
    talk.element,
  );
  if (query.get("thread")) await talk.recall();
}

class Talk {
  #conversation = new Conversation();
  #paint = painter(() => this.#update());
  #settings = new Settings();
  #stateSeen = undefined;
  #waiting = "";

  constructor(agent, threadId, signal) {
    Object.assign(this, { agent, threadId, signal });
    this.input = h("textarea", { id: "say", rows: "2", placeholder: `Message to ${agent}`, onkeydown: (event) => this.#key(event) });
    this.sendButton = h("button", { class: "primary" }, "Send");
    this.stopButton = button("Stop", () => this.#stop(), { class: "danger" });
    this.status = h("p", { class: "muted", role: "status" });
    this.problem = h("div", {});
    this.cards = h("div", {});
    this.state = h("div", {});
    this.link = h("p", { class: "muted" });
    this.hello = empty(`Say something to ${agent}`, "The thread is kept like any other: you find it under Threads.");
    this.element = h("div", { class: "split" }, this.#left(), h("aside", { class: "beside" }, this.#right()));
    this.#fresh();
  }

  #left() {
    this.place = h("div", { class: "talk" });
    const form = h(
      "form",
      { class: "composer", onsubmit: (event) => (event.preventDefault(), this.#say()) },
      h("label", { class: "hidden", for: "say" }, "Your message"),
      this.input,
      h("div", { class: "row spread" }, this.status, h("div", { class: "row" }, this.stopButton, this.sendButton)),
    );
    // Where the conversation ends, below what stays in view.
    this.end = h("div", { class: "bottom" });
    return h("section", { class: "conversation", "aria-label": "Conversation" }, this.hello, this.place, this.cards, this.problem, form, this.end);
  }

  #right() {
    this.eventPlace = h("div", {});
    return [
      h("details", { class: "card", open: true }, h("summary", {}, "State"), this.state),
      h("details", { class: "card" }, h("summary", {}, "Events"), this.eventPlace),
      h("details", { class: "card" }, h("summary", {}, "What runs are given"), this.#settings.element),
      this.link,
    ];
  }

  // An empty list for the conversation as it is.
  #fresh() {
    this.list = new MessageList(`Conversation with ${this.agent}`);
    this.events = new EventList("Events of this conversation");
    show(this.place, this.list.element);
    show(this.eventPlace, this.events.element);
    show(this.link, "Thread ", h("a", { href: `#threads/${part(this.threadId)}` }, this.threadId));
    this.#update();
  }

  renew() {
    if (this.#conversation.running) this.#stop();
    this.#run?.abort();
    this.#conversation = new Conversation();
    this.#stateSeen = undefined;
    this.threadId = newId();
    show(this.problem);
    this.#fresh();
    this.input.focus();
  }

  // A thread that is there already.
  async recall() {
    this.#waiting = "Loading the thread…";
    this.#update();
    await this.#follow(stream(`${base}/agent/${part(this.agent)}/connect`, { body: runInput(this.threadId), signal: this.signal }));
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#say();
  }

  #say() {
    const text = this.input.value.trim();
    if (!text || this.#conversation.running || this.#waiting) return;
    this.input.value = "";
    this.#conversation.add({ id: newId(), role: "user", content: text });
    this.#start();
  }

  #run;

  async #start(more = {}) {
    show(this.problem);
    let given;
    try {
      given = this.#settings.read();
    } catch (error) {
      return show(this.problem, failed(error));
    }
    const { messages, state } = this.#conversation;
    const body = runInput(this.threadId, { messages, state: given.state ?? state, tools: given.tools, ...more, forwardedProps: { ...given.forwardedProps, ...more.forwardedProps } });
    this.#run = new AbortController();
    const signal = AbortSignal.any([this.signal, this.#run.signal]);
    Object.assign(this.#conversation, { interrupts: [], error: undefined });
    this.#waiting = `${this.agent} is asked…`;
    this.#update();
    await this.#follow(stream(`${base}/agent/${part(this.agent)}/run`, { body, signal }));
  }

  async #follow(events) {
    const conversation = this.#conversation;
    try {
      for await (const event of events) {
        this.#waiting = "";
        conversation.apply(event);
        this.events.add(event);
        this.#paint();
      }
    } catch (error) {
      if (error.name !== "AbortError" && conversation === this.#conversation) show(this.problem, failed(error));
    }
    conversation.running = false;
    if (conversation !== this.#conversation) return;
    this.#waiting = "";
    this.#update();
  }

  async #stop() {
    const path = face(`agent/${part(this.agent)}/stop/${part(this.threadId)}`);
    await ask(path, { method: "POST", body: {}, signal: this.signal }).catch((error) => show(this.problem, failed(error)));
  }

  #update() {
    const conversation = this.#conversation;
    const near = this.end.getBoundingClientRect().top - innerHeight < 160;
    const { running, error, step } = conversation;
    this.list.update(conversation);
    this.hello.hidden = conversation.messages.length > 0;
    this.sendButton.hidden = running;
    this.stopButton.hidden = !running;
    const at = step ? `${this.agent} is at “${step}”…` : `${this.agent} answers…`;
    const text = running ? at : this.#waiting;
    if (this.status.textContent !== text) this.status.textContent = text;
    if (error) show(this.problem, failed({ message: error.code ? `${error.message} (${error.code})` : error.message }));
    if (conversation.state !== this.#stateSeen) {
      this.#stateSeen = conversation.state;
      show(this.state, code("State", json(conversation.state)));
    }
    this.#ask(running);
    if (near && (running || this.cards.hasChildNodes())) this.end.scrollIntoView({ block: "end" });
  }

  // What a run that has ended waits for.
  #ask(running) {
    const { interrupts } = this.#conversation;
    const calls = running || this.#waiting ? [] : this.#conversation.unanswered(this.#settings.toolNames());
    const wanted = running ? "" : [...interrupts.map(({ id }) => id ?? "older"), ...calls.map(({ id }) => id)].join(" ");
    if (this.cards.dataset.wanted === wanted) return;
    this.cards.dataset.wanted = wanted;
    show(this.cards);
    if (!wanted) return;
    if (interrupts.length > 0) this.cards.append(interruptCard(interrupts, (answer) => this.#start(answer)));
    else this.cards.append(...calls.map((call) => toolCard(call, (content) => this.#give(call, content))));
  }

  #give(call, content) {
    this.#conversation.add({ id: newId(), role: "tool", toolCallId: call.id, content });
    this.#update();
    if (this.#conversation.unanswered(this.#settings.toolNames()).length === 0) this.#start();
  }
}
