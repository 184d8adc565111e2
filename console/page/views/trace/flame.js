// A trace as a flame: each part as wide as the time of its own and of all below it, merged by path.

import { duration, percent, plural } from "../../model/format.js";
import { flameOf } from "../../model/statistics.js";
import { button, h, put } from "../parts/dom.js";

const HEIGHT = 24;
/** Shares of the width below which nothing can be seen. */
const LEAST = 0.002;
const EXPLAINED = "Parts of one name below the same parts are one. What ran at the same time stands side by side. "
  + "A click brings a part to the whole width.";
const TOP = { key: "", name: "All" };

/** The flame of a trace: `{ element, show(trace) }`, where another `show` stays at the part that has the whole width, if that is still there.
 *  `addressOf(id)` leads to a part. A click brings a part to the whole width. */
export function makeFlame(addressOf) {
  const element = h("div");
  let roots = [];
  let whole = TOP;
  let path = [TOP];

  function show(trace) {
    roots = flameOf(trace);
    whole = { ...TOP, children: roots, value: roots.reduce((sum, { value }) => sum + value, 0) };
    path = along(whole, path.slice(1));
    draw();
  }

  function enter(next) {
    path = next;
    draw();
  }

  function draw() {
    const at = path.at(-1);
    const cells = [];
    let deepest = 0;
    place(at === whole ? roots : [at], at === whole ? path : path.slice(0, -1), 0, 0);
    put(element, crumbs(), h("div", { class: "flame", role: "group", "aria-label": "Flame", style: { height: `${(deepest + 1) * HEIGHT}px` } }, cells),
      facts(at));

    function place(parts, above, left, depth) {
      let from = left;
      for (const part of parts) {
        const width = part.value / at.value;
        if (width >= LEAST) {
          deepest = Math.max(deepest, depth);
          cells.push(cell(part, from, width, depth, () => enter([...above, part])));
          place(part.children, [...above, part], from, depth + 1);
        }
        from += width;
      }
    }
  }

  function cell(part, from, width, depth, onclick) {
    const words = `${part.name}, ${duration(part.value)}, ${percent(part.value / whole.value)}`;
    const failed = part.failed > 0 ? `, ${part.failed} failed` : "";
    return h("button", { type: "button", class: `flame-part ${part.kind}${failed && " failed"}`, onclick, "data-name": part.name,
      title: `${words}, self ${duration(part.self)}, ${plural(part.calls, "part")}${failed}`,
      style: { left: `${from * 100}%`, width: `${width * 100}%`, top: `${depth * HEIGHT}px` } }, h("bdi", null, part.name), h("span", null, ` ${duration(part.value)}`));
  }

  function crumbs() {
    return h("nav", { class: "flame-path", "aria-label": "Path in the flame" }, path.map((part, index) => [index > 0 && " › ",
      index === path.length - 1 ? h("b", null, part.name) : button(part.name, () => enter(path.slice(0, index + 1)), { class: "link" })]));
  }

  function facts(at) {
    if (at === whole) return h("p", { class: "hint" }, EXPLAINED);
    return h("p", null, `${plural(at.calls, "part")}, ${duration(at.value)} with all below, ${duration(at.self)} by itself. `,
      h("a", { href: addressOf(at.longest) }, "The longest in the timeline"));
  }

  return { element, show };
}

// The parts of `path` below `top` as far as they are still there.
function along(top, path) {
  const found = [top];
  for (const { key } of path) {
    const next = found.at(-1).children.find((part) => part.key === key);
    if (!next) break;
    found.push(next);
  }
  return found;
}
