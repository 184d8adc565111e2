// The side panel: beside the view, resizable; a sheet from below on narrow screens.

import { button, h, put } from "./dom.js";
import { makeHandle } from "./handle.js";

const NARROWEST = 280;
const WIDEST = 800;

/** `{ element, open(title, content, onclose), close(), focus() }`; `onclose` is called once when the panel closes.
 *  `width` in pixels to begin with; `onresize(width)` is told of another one. */
export function makePanel(width, onresize) {
  const body = h("div", { class: "panel-body" });
  const title = h("h2");
  const handle = makeHandle({ label: "Width of the panel", least: NARROWEST, most: WIDEST, grows: -1,
    widthAt: (x) => document.documentElement.clientWidth - x,
    onresize: (px) => {
      element.style.setProperty("--panel-width", `${px}px`);
      onresize(px);
    } });
  const cross = button("✕", () => close(), { class: "icon", "aria-label": "Close the panel", title: "Close (Esc)" });
  const onkeydown = ({ key }) => key === "Escape" && close();
  const element = h("aside", { class: "panel", hidden: true, "aria-label": "Details", onkeydown },
    handle.element, h("div", { class: "panel-head" }, title, cross), body);
  let closed = null;
  let origin = null;

  function open(name, content, onclose) {
    if (closed !== onclose) closed?.();
    closed = onclose ?? null;
    put(title, name);
    put(body, content);
    if (element.hidden) body.scrollTop = 0;
    element.hidden = false;
  }

  function close() {
    const back = element.contains(document.activeElement) ? origin : null;
    element.hidden = true;
    back?.focus();
    const told = closed;
    closed = null;
    told?.();
  }

  /** Moves the focus into the panel until it closes. */
  function focus() {
    origin = document.activeElement;
    cross.focus();
  }

  handle.resize(width);
  return { element, open, close, focus };
}

/** A list of terms and values; values that are null, undefined or "" are left out. */
export function facts(pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, given.map(([term, value]) => [h("dt", null, term), h("dd", null, value)]));
}
