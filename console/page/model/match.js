// Compares two traces: parts match if they have the same name below matching parts.

/** Pairs in the order of the tree: `[{ depth, a, b }]`, where `a` or `b` is null for what only the other trace has. */
export function pairs(first, second) {
  const rows = [];
  pairUp(rows, first.roots, second.roots, 0);
  return rows;
}

// The n-th part with a name matches the n-th with that name. Parts that only the second trace has come last.
function pairUp(rows, ours, theirs, depth) {
  const left = new Map();
  for (const node of theirs) left.set(nameOf(node), [...(left.get(nameOf(node)) ?? []), node]);
  for (const node of ours) add(rows, node, left.get(nameOf(node))?.shift() ?? null, depth);
  for (const node of [...left.values()].flat()) add(rows, null, node, depth);
}

function add(rows, a, b, depth) {
  rows.push({ depth, a, b });
  pairUp(rows, a?.children ?? [], b?.children ?? [], depth + 1);
}

function nameOf({ name, kind }) {
  return `${kind}\n${name}`;
}
