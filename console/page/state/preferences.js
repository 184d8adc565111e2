// What the reader chose: the theme and the width of the panel, which this browser remembers, and the tab of the details, which
// stays from part to part and from trace to trace while the page is open.

const THEME = "theme";
const PANEL_WIDTH = "panel-width";
const USUAL_WIDTH = 360;

/** Fires `theme` when another one is chosen. */
class Preferences extends EventTarget {
  /** The name of the tab, or null before one was chosen.
   *  @type {string | null} */
  tab = null;

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
