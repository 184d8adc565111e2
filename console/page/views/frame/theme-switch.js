// Light, dark, or as the system says.

import { button } from "../parts/dom.js";

const THEMES = [["auto", "◐", "as the system says"], ["light", "☀\uFE0E", "light"], ["dark", "☾", "dark"]];

/** Paints the page in a theme: "auto", "light" or "dark". */
export function applyTheme(name) {
  document.documentElement.dataset.theme = name;
}

/** A button that goes through the themes; `onchoose(name)` is told of each. */
export function themeSwitch(onchoose) {
  const self = button("", () => {
    const [next] = THEMES[(current() + 1) % THEMES.length];
    applyTheme(next);
    show();
    onchoose(next);
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
