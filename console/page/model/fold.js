// Into how many columns each layer of a map is folded, so that a high one does not make all names small.

/** Pixels around the outermost nodes. */
const AROUND = { width: 180, height: 184 };
/** A map that fits at this scale is readable as it is. */
const READABLE = 0.75;
const MOST = 12;

/** `counts`: the nodes of each layer; `width` of a column and height of a `row`; `room`: `{ width, height }` of the window, or null.
 *  → the columns of each layer: those with which the whole is largest in the room. */
export function foldsOf(counts, { width, row, room }) {
  const unfolded = counts.map(() => 1);
  if (!room || scaleOf(counts, unfolded) >= READABLE) return unfolded;
  let [best, scale] = [unfolded, scaleOf(counts, unfolded)];
  for (let rows = Math.max(...counts) - 1; rows > 0; rows -= 1) {
    const folds = counts.map((count) => Math.min(MOST, Math.max(1, Math.ceil(count / rows))));
    const larger = scaleOf(counts, folds);
    if (larger > scale * 1.01) [best, scale] = [folds, larger];
  }
  return best;

  function scaleOf(all, folds) {
    const across = folds.reduce((sum, columns) => sum + columns, 0) - 1;
    const high = Math.max(...all.map((count, index) => Math.max(0, count - 1) / folds[index]));
    return Math.min(room.width / (across * width + AROUND.width), room.height / (high * row + AROUND.height));
  }
}
