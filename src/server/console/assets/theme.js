// Light, dark, or as the system has it.

import { h, icon } from "./dom.js";

const KEY = "agui-runtime.theme";
const NEXT = { system: "light", light: "dark", dark: "system" };

const current = () => (NEXT[localStorage.getItem(KEY)] ? localStorage.getItem(KEY) : "system");

function apply() {
  const theme = current();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function themeButton() {
  const label = h("span", {});
  const name = () => (label.textContent = `Theme: ${current()}`);
  const turn = () => {
    localStorage.setItem(KEY, NEXT[current()]);
    apply();
    name();
  };
  name();
  return h("button", { type: "button", class: "small quiet theme", onclick: turn }, icon("theme"), label);
}

apply();
