// Where the nodes of a directed graph stand: layered from left to right, without overlaps, the same for the same graph.
// Layers by longest path, order by barycentres, heights by isotonic regression (least movement that keeps order and gaps). A layer that is
// higher than there is room is folded into several columns, whose nodes take turns.

import { foldsOf } from "./fold.js";

/** Pixels from one column to the next. */
const COLUMN = 260;
const ROW = 168;
const BEND_ROW = 48;
const SWEEPS = 6;

/** `keys`: nodes (those of `sources` stand at the left); `edges`: pairs of keys; `width` of a column; `room`: `{ width, height }` in which
 *  it should be readable, or null for any.
 *  → `{ places: Map key → { x, y }, bends: Map "from\0to" → [{ x, y }] }`, bends where an edge passes through columns. */
export function layout(keys, edges, sources = [], { width = COLUMN, room = null } = {}) {
  const nodes = [...keys].sort();
  const forward = withoutCycles(nodes, edges.filter(([from, to]) => from !== to).sort(), sources);
  const layers = layersOf(nodes, forward, sources);
  const { columns, links, chains } = withBends(nodes, forward, layers);
  orderColumns(columns, links);
  const folds = foldsOf(columns.map((column) => column.filter((key) => !isBend(key)).length), { width, row: ROW, room });
  const heights = heightsOf(columns, links, folds);
  const { xs, spans } = acrossOf(columns, folds, width);
  const place = (key) => ({ x: xs.get(key), y: heights.get(key) });
  return { places: new Map(nodes.map((key) => [key, place(key)])),
    bends: new Map(forward.map(([from, to]) => [edgeKey(from, to), way(from, chains.get(edgeKey(from, to)), to, spans, place)])) };
}

// Where each stands from left to right, and from where to where its layer reaches.
function acrossOf(columns, folds, width) {
  const [xs, spans] = [new Map(), new Map()];
  let left = 0;
  columns.forEach((column, index) => {
    const right = left + (folds[index] - 1) * width;
    let turn = 0;
    for (const key of column) {
      xs.set(key, isBend(key) ? left : left + (turn % folds[index]) * width);
      turn += isBend(key) ? 0 : 1;
      spans.set(key, { left, right });
    }
    left = right + width;
  });
  return { xs, spans };
}

// Through a folded layer an edge goes straight: out of it, across it, and into it.
function way(from, chain, to, spans, place) {
  const out = { x: spans.get(from).right, y: place(from).y };
  const into = { x: spans.get(to).left, y: place(to).y };
  const across = chain.flatMap((key) => {
    const { left, right } = spans.get(key);
    return left === right ? [place(key)] : [{ x: left, y: place(key).y }, { x: right, y: place(key).y }];
  });
  return [...(out.x > place(from).x ? [out] : []), ...across, ...(into.x < place(to).x ? [into] : [])];
}

/** The key of an edge among the bends. */
export function edgeKey(from, to) {
  return `${from}\0${to}`;
}

// Edges back to a node that is being visited are turned round.
function withoutCycles(nodes, edges, sources) {
  const outgoing = group(edges, 0);
  const targets = new Set(edges.map(([, to]) => to));
  const state = new Map();
  const forward = new Map();
  function visit(key) {
    state.set(key, "open");
    for (const [, to] of outgoing.get(key) ?? []) {
      const [a, b] = state.get(to) === "open" ? [to, key] : [key, to];
      forward.set(edgeKey(a, b), [a, b]);
      if (!state.has(to)) visit(to);
    }
    state.set(key, "done");
  }
  const starts = [...sources, ...nodes.filter((key) => !targets.has(key)), ...nodes];
  for (const key of starts) if (!state.has(key)) visit(key);
  return [...forward.values()];
}

// Longest path from the left. A node without callers stands right before the first that it calls.
function layersOf(nodes, edges, sources) {
  const [outgoing, incoming] = [group(edges, 0), group(edges, 1)];
  const layers = new Map(sources.map((key) => [key, 0]));
  const first = sources.length > 0 ? 1 : 0;
  function layer(key) {
    if (!layers.has(key)) layers.set(key, Math.max(first, ...(incoming.get(key) ?? []).map(([from]) => layer(from) + 1)));
    return layers.get(key);
  }
  nodes.forEach(layer);
  for (const key of nodes) {
    if (sources.includes(key) || incoming.has(key) || !outgoing.has(key)) continue;
    layers.set(key, Math.max(first, Math.min(...outgoing.get(key).map(([, to]) => layers.get(to))) - 1));
  }
  return layers;
}

function withBends(nodes, edges, layers) {
  const columns = Array.from({ length: Math.max(0, ...layers.values()) + 1 }, () => []);
  for (const key of nodes) columns[layers.get(key)].push(key);
  const links = [];
  const chains = new Map();
  for (const [from, to] of edges) {
    const chain = [];
    for (let column = layers.get(from) + 1; column < layers.get(to); column += 1) {
      const bend = `\0${edgeKey(from, to)}\0${column}`;
      columns[column].push(bend);
      chain.push(bend);
    }
    [from, ...chain].forEach((key, index) => links.push([key, chain[index] ?? to]));
    chains.set(edgeKey(from, to), chain);
  }
  return { columns, links, chains };
}

function orderColumns(columns, links) {
  const [toLeft, toRight] = [neighbours(links, 1, 0), neighbours(links, 0, 1)];
  const rank = new Map();
  const number = (column) => column.forEach((key, index) => rank.set(key, (index + 0.5) / column.length));
  columns.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightwards = sweep % 2 === 0;
    const near = rightwards ? toLeft : toRight;
    for (const column of rightwards ? columns : [...columns].reverse()) {
      const wish = wishes(column, near, rank);
      column.sort((a, b) => wish.get(a) - wish.get(b) || (a < b ? -1 : 1));
      number(column);
    }
  }
}

// The preferred position of a node is the average of its neighbours'; without neighbours, its current one.
function wishes(column, near, now) {
  return new Map(column.map((key) => [key, mean((near.get(key) ?? []).map((other) => now.get(other))) ?? now.get(key)]));
}

function heightsOf(columns, links, folds) {
  const gaps = new Map(columns.flatMap((column, index) => column.map((key) => [key, (isBend(key) ? BEND_ROW : ROW) / folds[index]])));
  const all = [neighbours(links, 1, 0), neighbours(links, 0, 1)];
  const heights = new Map();
  for (const column of columns) settle(column, column.map((key, index) => (index - (column.length - 1) / 2) * gaps.get(key)), heights, gaps);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const near = all[sweep % 2];
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      settle(column, [...wishes(column, near, heights).values()], heights, gaps);
    }
  }
  return heights;
}

// Pools neighbours that would come too near into blocks which share the mean of their wishes.
function settle(column, wished, heights, gaps) {
  const blocks = [];
  let offset = 0;
  column.forEach((key, index) => {
    offset += index === 0 ? 0 : (gaps.get(column[index - 1]) + gaps.get(key)) / 2;
    blocks.push({ sum: wished[index] - offset, members: [[key, offset]] });
    while (blocks.length > 1 && value(blocks.at(-2)) > value(blocks.at(-1))) {
      const last = blocks.pop();
      blocks.at(-1).sum += last.sum;
      blocks.at(-1).members.push(...last.members);
    }
  });
  for (const block of blocks) for (const [key, at] of block.members) heights.set(key, value(block) + at);
}

function value({ sum, members }) {
  return sum / members.length;
}

function isBend(key) {
  return key.startsWith("\0");
}

function mean(numbers) {
  return numbers.length > 0 ? numbers.reduce((sum, one) => sum + one, 0) / numbers.length : null;
}

function group(edges, end) {
  const groups = new Map();
  for (const edge of edges) {
    if (!groups.has(edge[end])) groups.set(edge[end], []);
    groups.get(edge[end]).push(edge);
  }
  return groups;
}

function neighbours(links, of, other) {
  return new Map([...group(links, of)].map(([key, all]) => [key, all.map((one) => one[other])]));
}
