// Names that can be read at any zoom: never smaller than a least size, shorter where there is less room, and hidden where they would lie on
// something else. What fails keeps its name first, then what has most calls.

const LEAST = 10;
const USUAL = 13;
const LETTER = 0.62;
const LINE = 1.25;
/** Scales below which a name has one line, and a ring no figures. */
const ONE_LINE = 0.62;
const FIGURES = 0.5;
const FEWEST = 8;

/** How names are written at a scale, in columns of `width`: `{ size, letters, lines, figures }`, sizes in the map's own pixels. */
export function detailAt(scale, width) {
  const size = Math.max(USUAL, LEAST / scale);
  const short = scale < ONE_LINE;
  return { size, letters: short ? Math.max(FEWEST, Math.floor(width * 0.94 / (size * LETTER))) : 22, lines: short ? 1 : 3, figures: scale >= FIGURES };
}

/** A name in so many letters, without its middle. */
export function shortened(name, letters) {
  const all = [...name];
  if (all.length <= letters) return name;
  const end = Math.ceil((letters - 1) / 2);
  return `${all.slice(0, letters - 1 - end).join("")}…${all.slice(-end).join("")}`;
}

/** Which nodes' names would lie on a ring or on a name that matters more: a set of keys. `nodes`: `[{ key, x, y, weight, lines, first }]`,
 *  where `lines` are texts and `first` is how far below the node the first one stands. */
export function hiddenLabels(nodes, { size }, radius) {
  const hidden = new Set();
  const taken = nodes.map(({ key, x, y }) => ({ key, left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  for (const node of nodes.toSorted((a, b) => b.weight - a.weight)) {
    const half = Math.max(0, ...node.lines.map((text) => text.length)) * size * LETTER / 2;
    const box = { key: node.key, left: node.x - half, right: node.x + half, top: node.y + node.first - size, bottom: node.y + node.first + (node.lines.length - 1) * size * LINE + size * 0.3 };
    if (taken.some((one) => one.key !== node.key && box.left < one.right && one.left < box.right && box.top < one.bottom && one.top < box.bottom)) hidden.add(node.key);
    else taken.push(box);
  }
  return hidden;
}
