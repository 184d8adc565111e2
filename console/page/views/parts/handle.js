// The edge of a column or panel, which the reader drags, or moves with the arrow keys.

import { h } from "./dom.js";

const STEP = 20;

/** `{ element, resize(pixels), measured(pixels) }`, where `measured` says how wide it is by itself. `label` says what it is the width of; `widthAt(x)` is the width with the edge at a place of the window,
 *  `grows` 1 or -1 the direction in which it becomes wider; `onresize(pixels)` is told of each width from `least` to `most`. */
export function makeHandle({ label, least, most, widthAt, grows, onresize }) {
  let width = least;
  const element = h("div", { class: "handle", role: "separator", "aria-orientation": "vertical", "aria-label": label,
    "aria-valuemin": least, "aria-valuemax": most, tabindex: "0", onpointerdown: drag, onkeydown: nudge });

  function measured(pixels) {
    width = Math.min(most, Math.max(least, Math.round(pixels)));
    element.setAttribute("aria-valuenow", String(width));
  }

  function resize(wanted) {
    measured(wanted);
    onresize(width);
  }

  function drag(event) {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => resize(widthAt(clientX));
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", () => element.removeEventListener("pointermove", move), { once: true });
  }

  function nudge(event) {
    const direction = { ArrowLeft: -grows, ArrowRight: grows }[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    resize(width + direction * STEP);
  }

  return { element, resize, measured };
}
