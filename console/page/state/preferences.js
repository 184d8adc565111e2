// What the reader chose in this browser, remembered: the theme and the width of the panel.

const THEME = "theme";
const PANEL_WIDTH = "panel-width";
const USUAL_WIDTH = 360;

/** Fires `theme` when another one is chosen. */
class Preferences extends EventTarget {
  /** "auto", "light" or "dark". */
  get theme() {
    return localStorage.getItem(THEME) ?? "auto";
  }

  set theme(name) {
    localStorage.setItem(THEME, name);
    this.dispatchEvent(new Event("theme"));
  }

  /** In pixels. */
  get panelWidth() {
    return Number(localStorage.getItem(PANEL_WIDTH)) || USUAL_WIDTH;
  }

  set panelWidth(pixels) {
    localStorage.setItem(PANEL_WIDTH, String(pixels));
  }
}

export const preferences = new Preferences();
