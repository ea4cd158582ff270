// What a person is asked for: an answer to an interrupt, or a tool's result in the application's place.

import { button, code, h, json } from "./dom.js";

// JSON where it is JSON, else the text.
function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

let cards = 0;

function card(title, about, label, act, more) {
  const id = `answer-${(cards += 1)}`;
  const input = h("textarea", { id, rows: "2" });
  const submit = (event) => {
    event.preventDefault();
    act(input.value);
  };
  return h(
    "form",
    { class: "card asks", onsubmit: submit, "aria-label": title },
    h("h3", {}, title),
    about,
    h("label", { for: id }, label),
    input,
    h("div", { class: "row end" }, more, h("button", { class: "primary" }, "Answer")),
  );
}

// `answer` is given what the next run carries.
export function interruptCard(interrupts, answer) {
  const ids = interrupts.filter(({ id }) => id).map(({ id }) => id);
  const about = interrupts.map((it) => h("div", {}, h("p", {}, it.message ?? it.reason ?? "The agent waits for you."), it.responseSchema && code("What it expects", json(it.responseSchema))));
  const resume = (text) => {
    const payload = value(text);
    // Agents of before AG-UI 1.0 have no ids for what they ask.
    if (ids.length === 0) return answer({ forwardedProps: { command: { resume: payload } } });
    return answer({ resume: ids.map((interruptId) => ({ interruptId, status: "resolved", payload })) });
  };
  const cancel = ids.length > 0 && button("Cancel it", () => answer({ resume: ids.map((interruptId) => ({ interruptId, status: "cancelled" })) }));
  return card("The agent asks you", about, "Your answer, text or JSON", resume, cancel);
}

export function toolCard(call, give) {
  const about = code("Arguments", call.function.arguments || "{}");
  return card(`The agent calls your tool ${call.function.name}`, about, "What the tool gives back, text or JSON", give);
}
