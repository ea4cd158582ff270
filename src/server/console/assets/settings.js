// What the runs of a chat are given besides messages: tools, state, properties.

import { button, h, json } from "./dom.js";

const EXAMPLE = [
  {
    name: "sayHello",
    description: "Greets somebody",
    parameters: { type: "object", properties: { name: { type: "string", description: "Whom to greet" } }, required: ["name"] },
  },
];

const FIELDS = [
  ["tools", "Tools that you answer for, a JSON array", Array.isArray],
  ["state", "State to send in place of the agent's, JSON", () => true],
  ["forwardedProps", "Forwarded properties, a JSON object", (it) => typeof it === "object" && it !== null && !Array.isArray(it)],
];

export class Settings {
  #inputs = {};

  constructor() {
    const field = ([name, label]) => {
      this.#inputs[name] = h("textarea", { id: `give-${name}`, rows: "3", spellcheck: "false", class: "mono" });
      return [h("label", { for: `give-${name}` }, label), this.#inputs[name]];
    };
    const example = () => (this.#inputs.tools.value = json(EXAMPLE));
    this.element = h("div", { class: "stack" }, FIELDS.flatMap(field), h("div", {}, button("Add an example tool", example, { class: "small" })));
  }

  // Throws what is wrong, with the field's name.
  read() {
    const given = {};
    for (const [name, label, fits] of FIELDS) {
      const text = this.#inputs[name].value.trim();
      if (!text) continue;
      given[name] = parse(text, label);
      if (!fits(given[name])) throw new Error(`What is written under “${label}” is something else.`);
    }
    return { tools: [], forwardedProps: {}, ...given };
  }

  toolNames() {
    try {
      return new Set(this.read().tools.map((tool) => tool?.name));
    } catch {
      return new Set();
    }
  }
}

function parse(text, label) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`What is written under “${label}” is no JSON: ${error.message}`);
  }
}
