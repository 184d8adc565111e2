// A range chosen by dragging over a plot, as shares of its width (and of its height, for two axes).

import { h } from "./dom.js";

const SMALLEST = 4;

/** Lets the reader drag over `plot`; `onchange(xs, ys)` gets `[from, to]` shares each, or nothing when cleared. */
export function brush(plot, onchange, { vertical = false } = {}) {
  const mark = h("div", { class: "brush", hidden: true });
  plot.append(mark);

  function show(xs, ys = [0, 1]) {
    mark.hidden = !xs;
    if (!xs) return;
    const percent = (share) => `${share * 100}%`;
    const style = { left: percent(xs[0]), width: percent(xs[1] - xs[0]), top: percent(ys[0]), height: percent(ys[1] - ys[0]) };
    for (const [key, value] of Object.entries(style)) mark.style.setProperty(key, value);
  }

  plot.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    plot.setPointerCapture(down.pointerId);
    const box = plot.getBoundingClientRect();
    let chosen = null;
    const move = (event) => {
      const xs = sorted(down.clientX, event.clientX, box.left, box.width);
      const ys = vertical ? sorted(down.clientY, event.clientY, box.top, box.height) : [0, 1];
      chosen = Math.abs(event.clientX - down.clientX) < SMALLEST ? null : [xs, ys];
      show(...(chosen ?? []));
    };
    plot.addEventListener("pointermove", move);
    plot.addEventListener("pointerup", () => {
      plot.removeEventListener("pointermove", move);
      onchange(...(chosen ?? []));
    }, { once: true });
  });
  return { show };
}

function sorted(from, to, start, length) {
  const share = (at) => Math.min(1, Math.max(0, (at - start) / length));
  return [share(from), share(to)].sort((a, b) => a - b);
}
