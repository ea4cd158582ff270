// The list of threads: page by page, or searched through.

import { ask, face, part } from "./api.js";
import { badge, button, empty, failed, h, loading, show } from "./dom.js";
import { ago, exact, plural } from "./format.js";
import { otherOwner, ownerField } from "./owner.js";

const PAGE = 25;
// A search looks at so many threads at once, and at so many in all.
const SEARCHED = 500;
const FARTHEST = 5_000;
const PAUSE = 250;

export async function threads({ place, session, signal }) {
  const list = new List(session, signal);
  const search = h("input", { id: "search", type: "search", placeholder: "Name, id or agent", oninput: () => list.search(search.value) });
  const archived = h("input", { id: "archived", type: "checkbox", onchange: () => list.archived(archived.checked) });
  const draw = () => {
    show(
      place,
      h("h1", {}, "Threads"),
      h(
        "div",
        { class: "tools", role: "search" },
        h("div", { class: "field" }, h("label", { for: "search" }, "Search"), search),
        ownerField(session, signal, () => (draw(), list.begin())),
        h("div", { class: "check" }, archived, h("label", { for: "archived" }, "Show archived")),
      ),
      list.element,
    );
  };
  draw();
  await list.begin();
}

class List {
  #archived = false;
  #wanted = "";
  #turn = 0;
  #timer;

  constructor(session, signal) {
    Object.assign(this, { session, signal });
    this.rows = h("ul", { class: "rows" });
    this.told = h("p", { class: "muted", role: "status" });
    this.more = h("div", {});
    this.element = h("section", { "aria-label": "Threads" }, this.rows, this.told, this.more);
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  archived(shown) {
    this.#archived = shown;
    this.begin();
  }

  search(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wanted = text.trim().toLowerCase();
      this.begin();
    }, PAUSE);
  }

  // From the first thread on.
  async begin() {
    this.#turn += 1;
    this.owner = otherOwner(this.session);
    show(this.rows);
    show(this.more);
    this.found = this.looked = 0;
    this.told.textContent = "Loading threads…";
    await this.#page(undefined, this.#turn);
  }

  async #page(cursor, turn) {
    show(this.more);
    const query = new URLSearchParams({ limit: this.#wanted ? SEARCHED : PAGE, includeArchived: this.#archived });
    if (cursor) query.set("cursor", cursor);
    let page;
    try {
      page = await ask(face(`threads?${query}`, this.owner), { signal: this.signal });
    } catch (error) {
      if (this.signal.aborted || turn !== this.#turn) return;
      this.told.textContent = "";
      return show(this.more, failed(error, () => this.#page(cursor, turn)));
    }
    if (turn !== this.#turn) return;
    this.#show(page, turn);
  }

  #show({ threads, nextCursor }, turn) {
    const fits = threads.filter((it) => [it.id, it.name ?? "", it.agentId].some((text) => text.toLowerCase().includes(this.#wanted)));
    this.rows.append(...fits.map((it) => row(it, this.owner)));
    this.found += fits.length;
    this.looked += threads.length;
    const goesOn = nextCursor && this.looked % FARTHEST !== 0;
    if (this.#wanted && goesOn && this.found < PAGE) return void this.#page(nextCursor, turn);
    this.told.textContent = this.#wanted ? `${plural(this.found, "thread")} found among ${plural(this.looked, "thread")}` : this.found ? `${plural(this.found, "thread")}${nextCursor ? " so far" : ""}` : "";
    if (nextCursor) show(this.more, button(this.#wanted ? "Search on" : "Show more", () => this.#page(nextCursor, turn)));
    else if (this.found === 0) show(this.more, this.#none());
  }

  #none() {
    if (this.#wanted) return empty("No thread fits", "Names, ids and agents are searched, not messages.");
    return this.owner ? empty(`${this.owner} has no threads`) : empty("No threads yet", h("p", {}, h("a", { href: "#chat" }, "Chat with an agent"), ", and its thread is here."));
  }
}

// The address of a thread's view.
export const threadLink = (id, owner) => `#threads/${part(id)}${owner ? `?owner=${part(owner)}` : ""}`;

function row(thread, owner) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: threadLink(thread.id, owner) },
      h("span", { class: "strong name" }, thread.name || thread.id),
      thread.archived && badge("off", "Archived"),
      h("span", { class: "muted agent" }, thread.agentId),
      h("time", { class: "muted", datetime: thread.updatedAt, title: exact(thread.updatedAt) }, ago(thread.updatedAt)),
    ),
  );
}
