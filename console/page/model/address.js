// Addresses within the page, read and written, in AWS's own fragments: #/service-map, #/traces?filter=…&timeRange=…, #/traces/<id>.

import { traceIdIn } from "./trace-id.js";

export const DEFAULT_RANGE = "PT5M";
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const KEPT = ["filter", "timeRange", "within"];

const SIDES = ["statistics", "flame", "logs", "raw"];

/** Where a reader is. `id` and `side` are of a trace: its sides are "" (the timeline), "statistics", "flame", "logs" and "raw".
 *  @typedef {{ view: string, id?: string, side?: string, params: Record<string, string> }} Route */

/** The route of a fragment; unknown ones are the service map.
 *  @returns {Route} */
export function parse(fragment) {
  const [path, query = ""] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [head, rest, tail] = path.split("/");
  const params = Object.fromEntries(new URLSearchParams(query));
  if (head === "traces" && rest) return { view: "trace", id: decode(rest), side: SIDES.includes(tail) ? tail : "", params };
  const view = ["traces", "compare", "sampling", "wire"].includes(head) ? head : "service-map";
  return { view, params };
}

/** Whether a view shows the traces of a filter and a time range. */
export function isFiltered(view) {
  return ["service-map", "traces", "trace"].includes(view);
}

/** The view of many traces that belongs to this route: the map, otherwise the list. */
export function overview({ view }) {
  return view === "service-map" ? view : "traces";
}

/** A fragment; empty parameters are left out. */
export function link(path, params = {}) {
  const query = Object.entries(params).filter(([, value]) => value)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  return `#/${path}${query && `?${query}`}`;
}

/** A fragment that keeps the filter and the time range of a route. */
export function linkKeeping(route, path, params = {}) {
  const kept = Object.fromEntries(KEPT.map((key) => [key, route.params[key]]));
  return link(path, { ...kept, ...params });
}

/** The address of a trace, or of a side of it, and of a part. With the route from which it is reached it leads back to the same traces. */
export function traceLink(id, side = "", route = { params: {} }, row = "") {
  return linkKeeping(route, `traces/${encodeURIComponent(id)}${side && `/${side}`}`, { row });
}

/** The fragment of a route with some of its parameters changed.
 *  @param {Route} route */
export function changed({ view, id, side, params }, others) {
  const path = view === "trace" ? `traces/${encodeURIComponent(id)}${side && `/${side}`}` : view;
  return link(path, { ...params, ...others });
}

/** The window in epoch seconds of a `timeRange` (`PT5M`, `start~end`); throws with words for people. */
export function windowOf(timeRange = DEFAULT_RANGE, now = Date.now() / 1000) {
  const [from, to] = timeRange.split("~").map(instant);
  if (to !== undefined && to > from) return { start: from, end: to, fixed: true };
  const seconds = secondsOf(timeRange);
  if (!seconds) {
    throw new Error(`timeRange=${timeRange} is not a time range. Use PT5M, PT1H, or start~end `
      + "(2026-11-22T19:18:00Z~2026-11-22T19:20:00Z).");
  }
  return { start: now - seconds, end: now + 1, fixed: false };
}

/** The length of a `timeRange` in seconds; that of the default range if it is invalid. */
export function lengthOf(timeRange) {
  try {
    const { start, end } = windowOf(timeRange);
    return end - start;
  } catch {
    return secondsOf(DEFAULT_RANGE);
  }
}

/** A fixed range, as the URL spells it. */
export function fixedRange(start, end) {
  return `${new Date(start * 1000).toISOString()}~${new Date(end * 1000).toISOString()}`;
}

/** The trace id of a route in X-Ray's spelling, or null. */
export function routeTraceId(route) {
  return traceIdIn(route.id ?? "");
}

function secondsOf(text) {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(text) ?? [];
  return Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

// AWS's links carry times without a zone; they mean UTC.
function instant(text) {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) > 1e11 ? Number(text) / 1000 : Number(text);
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const at = Date.parse(zoned) / 1000;
  return Number.isNaN(at) ? undefined : at;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
