// Whose threads an admin looks at.

import { ask, own } from "./api.js";
import { button, h } from "./dom.js";

let chosen = "";

// The owner, where it is another than who asks.
export const otherOwner = (session) => (session.admin && chosen && chosen !== session.owner ? chosen : undefined);

export const choose = (owner) => void (chosen = owner ?? "");

// A field to choose an owner, for admins only. `changed` is called with each new choice.
export function ownerField(session, signal, changed) {
  if (!session.admin) return undefined;
  const known = h("datalist", { id: "owners" });
  const input = h("input", { id: "owner", list: "owners", value: chosen, placeholder: `${session.owner} (you)`, autocomplete: "off", spellcheck: "false" });
  const apply = (event) => {
    event?.preventDefault();
    if (input.value.trim() === chosen) return;
    choose(input.value.trim());
    changed();
  };
  input.addEventListener("change", apply);
  ask(own("owners"), { signal })
    .then(({ owners }) => known.append(...owners.map((value) => h("option", { value }))))
    .catch(() => undefined);
  const mine = () => {
    input.value = "";
    apply();
  };
  return h("form", { class: "field", onsubmit: apply }, h("label", { for: "owner" }, "Owner"), h("div", { class: "row" }, input, known, chosen && button("Mine", mine, { class: "small" })));
}
