// One thread: its messages, state and events, those of a run that goes on as they come, and what can be done with it.

import { Failure, ask, base, face, part, runInput, stream } from "./api.js";
import { Conversation } from "./conversation.js";
import { badge, button, code, empty, failed, h, json, loading, painter, show } from "./dom.js";
import { EventList } from "./events.js";
import { exact } from "./format.js";
import { confirmed } from "./key.js";
import { MessageList } from "./messages.js";
import { choose } from "./owner.js";

// So many threads are looked through for the name of the one that is shown.
const LISTED = 1_000;

export async function thread({ place, name: id, query, session, signal }) {
  const owner = session.admin ? (query.get("owner") ?? undefined) : undefined;
  choose(owner);
  show(place, loading("Loading the thread…"));
  const [{ threads }, { agents = {} }] = await Promise.all([
    ask(face(`threads?limit=${LISTED}&includeArchived=true`, owner), { signal }),
    ask(`${base}/info`, { signal }),
  ]);
  const listed = threads.find((it) => it.id === id);
  const names = Object.keys(agents);
  // Whoever answers, it is the thread's events that are asked for: its own agent may be gone.
  const agent = names.includes(listed?.agentId) ? listed.agentId : names[0];
  if (!agent) throw new Failure("The server has no agents, and without one a thread cannot be read.", 0);
  const view = new Shown({ id, owner, agent, listed, signal, place });
  await view.follow();
}

class Shown {
  #conversation = new Conversation();
  #paint = painter(() => this.#update());
  #stateSeen;

  constructor(about) {
    Object.assign(this, about);
    this.title = h("h1", {});
    this.badges = h("span", { class: "row" });
    this.actions = h("div", { class: "row" });
    this.problem = h("div", {});
    this.failure = h("div", {});
    this.messages = new MessageList("Messages of the thread");
    this.events = new EventList("Events of the thread");
    this.state = h("div", {});
    this.none = empty("No messages", "Nothing was said on this thread, or it is no longer there.");
    this.none.hidden = true;
    this.facts = h("dl", { class: "facts" });
    show(
      this.place,
      h("p", {}, h("a", { href: "#threads" }, "All threads")),
      h("div", { class: "row spread head" }, h("div", { class: "row" }, this.title, this.badges), this.actions),
      this.facts,
      this.problem,
      this.failure,
      h(
        "div",
        { class: "split" },
        h("section", { "aria-label": "Messages" }, this.none, this.messages.element),
        h("aside", { class: "beside" }, h("details", { class: "card", open: true }, h("summary", {}, "State"), this.state), h("details", { class: "card" }, h("summary", {}, "Events"), this.events.element)),
      ),
    );
    this.#head();
  }

  #path(path) {
    return face(path, this.owner);
  }

  #head() {
    const { listed, owner } = this;
    this.title.textContent = listed?.name || this.id;
    const fact = (name, value) => value && h("div", {}, h("dt", {}, name), h("dd", {}, value));
    show(this.facts, fact("Id", listed?.name && this.id), fact("Agent", listed?.agentId), fact("Owner", owner), fact("Changed", listed && exact(listed.updatedAt)));
    show(this.badges, listed?.archived && badge("off", "Archived"), this.#conversation.running && badge("busy", "A run goes on"));
    const act = (label, action, kind = "") => button(label, () => this.#try(action), { class: `small ${kind}` });
    show(
      this.actions,
      this.#conversation.running && act("Stop the run", () => this.#stop(), "danger"),
      !owner && listed && h("a", { class: "button small", href: `#chat/${part(this.agent)}?thread=${part(this.id)}` }, "Continue in chat"),
      !owner && listed && act("Rename", () => this.#rename()),
      !owner && listed && act(listed.archived ? "Unarchive" : "Archive", () => this.#change({ archived: !listed.archived })),
      listed && act("Delete", () => this.#delete(), "danger"),
    );
  }

  async #try(action) {
    show(this.problem);
    try {
      await action();
    } catch (error) {
      if (!this.signal.aborted) show(this.problem, failed(error));
    }
  }

  async follow() {
    const path = this.#path(`agent/${part(this.agent)}/connect`);
    try {
      for await (const event of stream(path, { body: runInput(this.id), signal: this.signal })) {
        this.#conversation.apply(event);
        this.events.add(event);
        this.#paint();
      }
    } catch (error) {
      if (this.signal.aborted) return;
      show(this.problem, failed(error, () => location.reload()));
    }
    this.#conversation.running = false;
    this.#update();
    this.none.hidden = this.#conversation.messages.length > 0;
  }

  #update() {
    const conversation = this.#conversation;
    this.messages.update(conversation);
    if (conversation.state !== this.#stateSeen) {
      this.#stateSeen = conversation.state;
      show(this.state, code("State", json(conversation.state)));
    }
    if (this.running !== conversation.running) {
      this.running = conversation.running;
      this.#head();
    }
    const { error } = conversation;
    if (error && this.told !== error) {
      this.told = error;
      show(this.failure, h("p", { class: "problem" }, `Its last run failed: ${error.message}${error.code ? ` (${error.code})` : ""}`));
    }
    if (!error && this.told) show(this.failure), (this.told = undefined);
  }

  #stop() {
    return ask(this.#path(`agent/${part(this.agent)}/stop/${part(this.id)}`), { method: "POST", body: {}, signal: this.signal });
  }

  async #change(change) {
    this.listed = await ask(this.#path(`threads/${part(this.id)}`), { method: "PATCH", body: change, signal: this.signal });
    this.#head();
  }

  // The title becomes a field until the name is given.
  #rename() {
    const input = h("input", { id: "name", value: this.listed.name ?? "", maxlength: "200", "aria-label": "Name of the thread" });
    const done = () => (form.replaceWith(this.title), this.#head());
    const form = h(
      "form",
      { class: "row", onsubmit: (event) => (event.preventDefault(), this.#try(() => this.#change({ name: input.value.trim() || null })).then(done)), onkeydown: (event) => event.key === "Escape" && done() },
      input,
      h("button", { class: "small primary" }, "Save"),
      button("Cancel", done, { class: "small" }),
    );
    this.title.replaceWith(form);
    input.focus();
    input.select();
  }

  async #delete() {
    const whose = this.owner ? ` of ${this.owner}` : "";
    const text = `“${this.listed.name || this.id}”${whose}, with its messages, state and events. A run that goes on is stopped. This cannot be undone.`;
    if (!(await confirmed("Delete this thread?", text, "Delete"))) return;
    await ask(this.#path(`threads/${part(this.id)}`), { method: "DELETE", signal: this.signal });
    location.hash = "threads";
  }
}
