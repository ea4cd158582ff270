// The runs that go on, and the events of one of them as they come.

import { ask, base, face, own, part, runInput, stream } from "./api.js";
import { badge, button, empty, failed, h, loading, show } from "./dom.js";
import { EventList } from "./events.js";
import { lasting, number, plural } from "./format.js";
import { threadLink } from "./threads.js";

const REFRESH = 2_000;

export async function runs({ place, session, signal }) {
  const view = new Runs(session, signal);
  show(
    place,
    h("h1", {}, "Live runs"),
    h("p", { class: "muted" }, session.admin ? "The runs of all owners that go on at this server." : "Your runs that go on at this server."),
    h("div", { class: "split even" }, view.element, view.beside),
  );
  await view.look();
}

class Runs {
  #timer;
  #watched;
  #rows = new Map();

  constructor(session, signal) {
    Object.assign(this, { session, signal });
    this.told = h("p", { class: "muted", role: "status" });
    this.list = h("ul", { class: "rows" }, loading("Looking for runs…"));
    this.problem = h("div", {});
    this.element = h("section", { "aria-label": "Runs" }, this.problem, this.list, this.told);
    this.beside = h("section", { class: "watch", "aria-label": "Events" }, empty("No run is watched", "Choose Watch beside a run, and its events show here as they come."));
    signal.addEventListener("abort", () => (clearTimeout(this.#timer), this.#watched?.stop.abort()));
  }

  async look() {
    clearTimeout(this.#timer);
    try {
      const { runs, total } = await ask(own("runs"), { signal: this.signal });
      show(this.problem);
      this.#show(runs, total);
    } catch (error) {
      if (this.signal.aborted) return;
      show(this.problem, failed(error, () => this.look()));
      if (error.status === 401) return;
    }
    this.#timer = setTimeout(() => this.look(), REFRESH);
  }

  // Rows stay as they are while their run does, so that nobody's focus or click is lost.
  #show(runs, total) {
    const key = (run) => JSON.stringify([run.owner, run.threadId, run.runId]);
    const there = new Set(runs.map(key));
    for (const [name, row] of this.#rows) if (!there.has(name)) row.element.remove(), this.#rows.delete(name);
    if (runs.length === 0) show(this.list, h("li", {}, empty("Nothing runs", h("p", {}, h("a", { href: "#chat" }, "Chat with an agent"), ", and its run is here."))));
    else if (this.#rows.size === 0) show(this.list);
    for (const run of runs) {
      let row = this.#rows.get(key(run));
      if (!row) {
        row = this.#row(run);
        this.#rows.set(key(run), row);
        this.list.append(row.element);
      }
      row.since.textContent = [`for ${lasting((Date.now() - run.startedAtMs) / 1000)}`, run.waiting && `${plural(run.waiting, "run")} waiting`].filter(Boolean).join(", ");
    }
    const more = total > runs.length ? `; the oldest ${number(runs.length)} are shown` : "";
    const told = total ? `${plural(total, "run")} ${total === 1 ? "goes" : "go"} on${more}` : "";
    if (this.told.textContent !== told) this.told.textContent = told;
  }

  #row(run) {
    const owner = run.owner === this.session.owner ? undefined : run.owner;
    const since = h("span", { class: "muted" });
    const element = h(
      "li",
      { class: "live" },
      h("div", { class: "row spread" }, h("span", { class: "row" }, h("span", { class: "strong" }, run.agentId), badge("busy", "Running")), since),
      h("p", { class: "muted" }, "Thread ", h("a", { href: threadLink(run.threadId, owner) }, run.threadId), owner && `, of ${owner}`),
      h("div", { class: "row end" }, button("Watch", () => this.#watch(run, owner), { class: "small", "aria-label": `Watch the run of ${run.agentId}` }), button("Stop", () => this.#stop(run, owner), { class: "small danger", "aria-label": `Stop the run of ${run.agentId}` })),
    );
    return { element, since };
  }

  async #stop(run, owner) {
    const path = face(`agent/${part(run.agentId)}/stop/${part(run.threadId)}`, owner);
    try {
      await ask(path, { method: "POST", body: { runId: run.runId }, signal: this.signal });
      await this.look();
    } catch (error) {
      if (!this.signal.aborted) show(this.problem, failed(error));
    }
  }

  async #watch(run, owner) {
    this.#watched?.stop.abort();
    const watched = { stop: new AbortController() };
    this.#watched = watched;
    const events = new EventList(`Events of the run of ${run.agentId}`);
    const status = h("p", { class: "muted", role: "status" }, "Connecting…");
    show(this.beside, h("h2", {}, `Events of ${run.agentId}`), h("p", { class: "muted" }, `Run ${run.runId}`), events.element, status);
    const path = face(`agent/${part(run.agentId)}/connect`, owner);
    const signal = AbortSignal.any([this.signal, watched.stop.signal]);
    let shown = false;
    try {
      for await (const event of stream(path, { body: runInput(run.threadId), signal })) {
        // The thread's earlier runs come first.
        if (event.type === "RUN_STARTED") shown = event.runId === run.runId;
        if (shown) events.add(event);
        if (shown && events.count === 1) status.textContent = "Events come as they happen.";
      }
      status.textContent = `The run has ended after ${number(events.count)} events.`;
      await this.look();
    } catch (error) {
      if (!signal.aborted) show(status, failed(error));
    }
  }
}
