// Light, dark, or as the system says; remembered.

import { button } from "./dom.js";

const KEY = "theme";
const THEMES = [["auto", "◐", "as the system says"], ["light", "☀\uFE0E", "light"], ["dark", "☾", "dark"]];

/** Applies what was chosen before; called first, so that nothing is painted in the wrong colours. */
export function applyTheme() {
  document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? "auto";
}

/** A button that goes through the themes. */
export function themeSwitch() {
  const self = button("", () => {
    const next = THEMES[(current() + 1) % THEMES.length][0];
    localStorage.setItem(KEY, next);
    applyTheme();
    show();
    dispatchEvent(new Event("themechange"));
  }, { class: "icon" });
  function show() {
    const [, sign, words] = THEMES[current()];
    self.textContent = sign;
    self.title = `Theme: ${words}`;
    self.setAttribute("aria-label", self.title);
  }
  show();
  return self;
}

function current() {
  return Math.max(0, THEMES.findIndex(([name]) => name === document.documentElement.dataset.theme));
}
