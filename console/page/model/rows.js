// The lines of a timeline: headings of services and, under them, the tree of each segment and why what failed did.

/** The heading of a service, the line of a node, or beneath that of one that failed, the reason.
 *  @typedef {{ key: string, open: boolean, group?: any, node?: any, depth?: number, elbows?: boolean[], reason?: string, of?: any }} Line */

/** Lines in order; `closed` holds the keys of what is collapsed. A line of a node carries `elbows`: for each level
 *  of the tree whether its dashed line goes on below.
 *  @returns {Line[]} */
export function rowsOf(trace, closed) {
  const rows = [];
  for (const group of trace.groups) {
    const key = `group ${group.key}`;
    rows.push({ key, group, open: !closed.has(key) });
    if (!closed.has(key)) for (const top of group.tops) addNode(rows, top, [], closed, trace);
  }
  return rows;
}

/** Keys of all that can be collapsed. */
export function collapsible({ groups, nodes }) {
  const parents = [...nodes.values()].filter(({ own }) => own.length > 0);
  return [...groups.map(({ key }) => `group ${key}`), ...parents.map(({ id }) => id)];
}

/** What must be open for a node to be in sight. */
export function pathTo(node, { groups }) {
  const path = [];
  let top = node;
  for (; top !== node.segment; top = top.parent) path.push(top.parent.id);
  return [...path, ...groups.filter(({ tops }) => tops.includes(node.segment)).map(({ key }) => `group ${key}`)];
}

/** What stands at the end of a bar, in the words of X-Ray's console. */
export function labelOf({ document, kind }) {
  const { method, url } = document.http?.request ?? {};
  const { operation, table_name: table } = document.aws ?? {};
  if (document.namespace === "aws" && operation) return [operation, table].filter(Boolean).join(" ");
  if (document.sql) return document.sql.sanitized_query ?? document.sql.url ?? "SQL";
  if (!method && !url) return "";
  const short = String(url ?? "").replace(/^https?:\/\//, "");
  return kind === "remote" ? `Remote: ${method ?? ""} ${short}` : `${method ?? ""} ${short}`;
}

function addNode(rows, node, elbows, closed, trace) {
  const open = !closed.has(node.id);
  rows.push({ key: node.id, node, depth: elbows.length, elbows, open });
  const reason = trace.reasons.get(node.id);
  if (reason) rows.push({ key: `why ${node.id}`, reason, of: node, elbows, open });
  if (open) node.own.forEach((child, index) => addNode(rows, child, [...elbows, index < node.own.length - 1], closed, trace));
}
