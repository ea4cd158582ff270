// What the server runs with.

import { ask, own } from "./api.js";
import { button, code, empty, loading, h, show } from "./dom.js";

export async function configuration({ place, session, signal }) {
  const title = h("h1", {}, "Configuration");
  if (!session.admin) return show(place, title, empty("Only admins see the configuration", "Sign in with a key or a token that has the admin role."));
  show(place, title, loading());
  const { toml } = await ask(own("configuration"), { signal });
  const status = h("span", { class: "muted", role: "status" });
  const copy = async () => {
    await navigator.clipboard.writeText(toml).catch(() => undefined);
    status.textContent = "Copied";
  };
  show(
    place,
    h("div", { class: "row spread head" }, title, h("div", { class: "row" }, status, navigator.clipboard && button("Copy", copy, { class: "small" }))),
    h("p", { class: "muted" }, "As `agui-runtime config print` shows it: defaults included, secrets hidden, and behind each value where it comes from."),
    code("Configuration", toml),
  );
}
