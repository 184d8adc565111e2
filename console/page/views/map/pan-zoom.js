// Pan and zoom of an SVG by pointer, wheel, pinch and keys; fitted until the reader touches it.

import { set } from "../parts/dom.js";

const CLOSEST = 2.5;
const FARTHEST = 0.1;
const FIT_AT_MOST = 1.15;
const WHEEL = 0.0015;
const PAN = 60;
/** Pixels around a place that is in sight. */
const IN_SIGHT = 80;

/** Moves `group` within `canvas`. `bounds()` is what fits: `{ left, right, top, bottom }` or null; `above` stays free; `onscale(scale)` is told
 *  of another scale. */
export function panZoom(canvas, group, bounds, onscale, above = 0) {
  let view = { x: 0, y: 0, scale: 1 };
  let touched = false;
  const pointers = new Map();

  function show(next) {
    const other = next.scale !== view.scale;
    view = next;
    set(group, { transform: `translate(${view.x} ${view.y}) scale(${view.scale})` });
    if (other) onscale(view.scale);
  }

  function fit() {
    const box = bounds();
    const [width, height] = [canvas.clientWidth, canvas.clientHeight - above];
    if (!box || !width || !height) return;
    const scale = clamp(Math.min(width / (box.right - box.left), height / (box.bottom - box.top), FIT_AT_MOST));
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    show({ scale, x: width / 2 - scale * x, y: above + height / 2 - scale * y });
  }

  function zoom(times, at = { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 }) {
    touched = true;
    const scale = clamp(view.scale * times);
    const real = scale / view.scale;
    show({ scale, x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real });
  }

  function pan(x, y) {
    touched = true;
    show({ ...view, x: view.x + x, y: view.y + y });
  }

  function centre({ x, y }) {
    touched = true;
    const scale = Math.max(view.scale, 0.8);
    show({ scale, x: canvas.clientWidth / 2 - x * scale, y: canvas.clientHeight / 2 - y * scale });
  }

  /** Moves no farther than needed to have a place in sight. */
  function reveal({ x, y }) {
    const [left, top] = [x * view.scale + view.x, y * view.scale + view.y];
    const within = (one, least, most) => Math.min(Math.max(one, Math.min(least, most)), Math.max(least, most));
    const [right, down] = [within(left, IN_SIGHT, canvas.clientWidth - IN_SIGHT) - left, within(top, above + IN_SIGHT, canvas.clientHeight - IN_SIGHT) - top];
    if (right !== 0 || down !== 0) pan(right, down);
  }

  function position(event) {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function move(event) {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = position(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other) zoom(distance(now, other) / Math.max(1, distance(before, other)), other);
    else if (distance(now, before) > 0) pan(now.x - before.x, now.y - before.y);
    if (!canvas.hasPointerCapture(event.pointerId) && distance(now, before) > 1) canvas.setPointerCapture(event.pointerId);
  }

  set(canvas, {
    onpointerdown: (event) => pointers.set(event.pointerId, position(event)),
    onpointermove: move,
    onpointerup: (event) => pointers.delete(event.pointerId),
    onpointercancel: (event) => pointers.delete(event.pointerId),
    onpointerleave: (event) => pointers.delete(event.pointerId),
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * WHEEL), position(event));
  }, { passive: false });
  const observer = new ResizeObserver(() => !touched && fit());
  observer.observe(canvas);

  const arrows = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
  return {
    zoom,
    centre,
    reveal,
    arrow: (key) => pan(...arrows[key]),
    fit: () => { touched = false; fit(); },
    fitUntouched: () => !touched && fit(),
    close: () => observer.disconnect(),
  };
}

function clamp(scale) {
  return Math.min(CLOSEST, Math.max(FARTHEST, scale));
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
