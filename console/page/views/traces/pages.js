// The rows of a long list, of which only some pages are loaded.

const PAGE = 200;
const BEFORE = 60;

/** `{ items, around(place), renew(answer, total), add(answer), ids(), firstId() }`. `items` is as long as the list; what is not here
 *  is `{ index }`, and `onneed(offset, limit)` is told of it. */
export function pagesOf(onneed) {
  let rows = new Map();
  let total = 0;
  const asked = new Set();

  function slice(from, to) {
    const part = [];
    let missing = null;
    for (let index = from; index < to; index += 1) {
      const row = rows.get(index);
      if (!row) missing ??= index;
      part.push(row ?? { index });
    }
    if (missing !== null) need(Math.floor(missing / PAGE) * PAGE);
    return part;
  }

  function need(offset) {
    if (asked.has(offset)) return;
    asked.add(offset);
    onneed(offset, PAGE);
  }

  function add({ offset, rows: more }) {
    asked.delete(offset);
    more.forEach((row, index) => rows.set(offset + index, row));
  }

  const items = { get length() { return total; }, slice };
  return {
    items,
    around: (place) => ({ offset: Math.max(0, place - BEFORE), limit: PAGE }),
    renew(answer, length) {
      total = length;
      rows = new Map();
      asked.clear();
      add(answer);
    },
    add,
    ids: () => new Set([...rows.values()].map(({ id }) => id)),
    firstId: () => rows.get(0)?.id ?? null,
  };
}
