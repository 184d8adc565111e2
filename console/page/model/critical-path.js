// The critical path: the parts that determined how long the trace took; and the time that each node worked itself.

const RESOLUTION = 1e-6;

/** From a node's end backwards: the child that ended last was waited for, and so on. → Map id → `[[start, end], …]`. */
export function criticalPath(root) {
  const spans = new Map();
  const open = [[root, root.start, root.end]];
  while (open.length > 0) {
    const [node, from, to] = open.pop();
    let at = to;
    for (const child of workers(node).sort((a, b) => b.end - a.end)) {
      const end = Math.min(child.end, at);
      if (child.start >= at || end <= from) continue;
      add(spans, node, end, at);
      at = Math.max(from, child.start);
      open.push([child, at, end]);
    }
    add(spans, node, from, at);
  }
  return spans;
}

/** Seconds of a node in which none of its children ran; what is less than the microsecond that times are given in is nothing. */
export function selfTime(node) {
  const { start, end } = node;
  let covered = 0;
  let until = start;
  for (const child of workers(node)) {
    const to = Math.min(child.end, end);
    covered += Math.max(0, to - Math.max(child.start, until));
    until = Math.max(until, to);
  }
  const self = end - start - covered;
  return self < RESOLUTION ? 0 : self;
}

// An inferred segment repeats its caller's own time.
function workers({ children }) {
  return children.filter(({ kind }) => kind !== "inferred");
}

function add(spans, { id }, from, to) {
  if (to <= from) return;
  const all = spans.get(id) ?? [];
  all.push([from, to]);
  spans.set(id, all);
}
