// The way in, where the server wants a key or a token.

import { forgetKey, hasKey, keepKey } from "./api.js";
import { button, h, icon } from "./dom.js";

// Asks for a key; whether one was given. What was kept before did not do.
export function signIn() {
  const wrong = hasKey();
  forgetKey();
  return new Promise((resolve) => {
    const input = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "key-help" });
    const problem = h("p", { class: "problem", role: "alert" }, wrong ? "The server does not take this key. Is it complete, and not expired?" : "");
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, icon("key"), "Sign in"),
      h("p", { id: "key-help" }, "This server wants an API key or a token. It stays in this tab and is forgotten when you close it."),
      h("label", { for: "key" }, "API key or token"),
      input,
      problem,
      h("div", { class: "row end" }, button("Cancel", () => dialog.close("")), h("button", { class: "primary", value: "given" }, "Sign in")),
    );
    const dialog = h("dialog", { class: "dialog", "aria-label": "Sign in" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      const given = dialog.returnValue === "given" && input.value.trim() !== "";
      if (given) keepKey(input.value.trim());
      resolve(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const signOutButton = () =>
  hasKey() &&
  button("Sign out", () => {
    forgetKey();
    location.reload();
  }, { class: "small quiet" });

// Asks before something that cannot be undone; whether it shall be done.
export function confirmed(title, text, action) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-label": title },
      h("h2", {}, title),
      h("p", {}, text),
      h("div", { class: "row end" }, button("Cancel", () => dialog.close(""), { autofocus: true }), button(action, () => dialog.close("yes"), { class: "danger" })),
    );
    // What it asks about is left behind with its view.
    const leave = () => dialog.close("");
    addEventListener("hashchange", leave);
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
