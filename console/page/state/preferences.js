// What the reader chose: the theme the widths of panel and names and whether a trace's map is open, which this browser remembers, and the tabs of the details, which
// stay from part to part and from trace to trace while the page is open.

const THEME = "theme";
const PANEL_WIDTH = "panel-width";
const USUAL_WIDTH = 360;
const TRACE_MAP = "trace-map";
const NAMES_WIDTH = "names-width";

/** Fires `theme` when another one is chosen. */
class Preferences extends EventTarget {
  /** The name of the tab that was chosen, by the one at which such a part opens.
   *  @type {Record<string, string>} */
  tabs = {};

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

  /** Whether a trace shows its own map. */
  get traceMap() {
    return localStorage.getItem(TRACE_MAP) !== "closed";
  }

  set traceMap(open) {
    localStorage.setItem(TRACE_MAP, open ? "open" : "closed");
  }

  /** Of the names in a timeline, in pixels, or null before one was chosen. */
  get namesWidth() {
    return Number(localStorage.getItem(NAMES_WIDTH)) || null;
  }

  set namesWidth(pixels) {
    localStorage.setItem(NAMES_WIDTH, String(pixels));
  }
}

export const preferences = new Preferences();
