// The map by keyboard: one stop for Tab, and the arrows lead along the graph: from a node to the calls that it makes or gets, from a
// call to who is called, and up and down among those beside.

// How much farther a node is that stands in another column.
const ASIDE = 3;

/** `{ renew(graph, placed), step(key, item), to(item) }` for drawn items: `groupOf(key)` is the element of one, `onreach(place)` is told
 *  where the focus went. `step` says whether the key led anywhere. */
export function makeWalk(groupOf, onreach) {
  let graph = { nodes: [], edges: [] };
  let placed = null;
  let stop = null;

  function renew(next, places) {
    [graph, placed] = [next, places];
    const kept = [...graph.nodes, ...graph.edges].find(({ key }) => key === stop);
    makeStop(kept ?? graph.nodes.find(({ client }) => client) ?? leftmost());
  }

  function leftmost() {
    return [...graph.nodes].sort((a, b) => at(a).x - at(b).x || at(a).y - at(b).y)[0];
  }

  function makeStop(item) {
    groupOf(stop)?.setAttribute("tabindex", "-1");
    stop = item?.key ?? null;
    groupOf(stop)?.setAttribute("tabindex", "0");
  }

  function to(item) {
    makeStop(item);
    groupOf(stop)?.focus({ preventScroll: true });
    onreach(item.to ? at(item.to) : at(item));
  }

  function step(key, item) {
    const next = item.to ? fromEdge(key, item) : fromNode(key, item);
    if (next) to(next);
    return Boolean(next);
  }

  function fromNode(key, node) {
    const calls = key === "ArrowRight" ? graph.edges.filter(({ from, to: other }) => from === node && other !== node)
      : graph.edges.filter(({ to: other }) => other === node);
    const otherEnd = ({ from, to: other }) => (key === "ArrowRight" ? other : from);
    if (key === "ArrowRight" || key === "ArrowLeft") return nearest(calls, (edge) => Math.abs(at(otherEnd(edge)).y - at(node).y));
    const down = key === "ArrowDown" ? 1 : -1;
    const beside = graph.nodes.filter((one) => one !== node && (at(one).y - at(node).y) * down >= 0 && (at(one).y !== at(node).y || (at(one).x - at(node).x) * down > 0));
    return nearest(beside, (one) => Math.abs(at(one).y - at(node).y) + ASIDE * Math.abs(at(one).x - at(node).x));
  }

  function fromEdge(key, edge) {
    if (key === "ArrowRight") return edge.to;
    if (key === "ArrowLeft") return edge.from;
    const alike = graph.edges.filter(({ from }) => from === edge.from).sort((a, b) => at(a.to).y - at(b.to).y);
    return alike[alike.indexOf(edge) + (key === "ArrowDown" ? 1 : -1)];
  }

  function at({ key }) {
    return placed.places.get(key);
  }

  return { renew, step, to };
}

function nearest(items, distance) {
  return items.toSorted((a, b) => distance(a) - distance(b))[0];
}
