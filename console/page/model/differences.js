// The sets of traces that can be compared with the rest.

import { and } from "./expression.js";

const FAILED = "fault OR error OR throttle";

/** The sets to choose from for these traces, the most likely first: `[{ key, words, set, within }]`, where `set` and
 *  `within` are filters. `outcomes` and `p95` (µs) are of the traces in view.
 *  @param {Record<string, string>} params */
export function setsOf(params, { outcomes, scatter, p95 = p95Of(scatter) }) {
  const { filter, within } = params;
  const sets = [];
  const failed = outcomes.slice(1).reduce((sum, count) => sum + count, 0);
  const all = outcomes.reduce((sum, count) => sum + count, 0);
  if (filter || within) sets.push({ key: "chosen", words: "the traces in view", set: filter, within: "" });
  if (failed > 0 && failed < all) sets.push({ key: "failed", words: "those that failed", set: and(filter, FAILED), within: filter });
  if (p95 > 0) {
    const slow = `responsetime > ${(p95 / 1e6).toFixed(6)}`;
    sets.push({ key: "slow", words: "the slowest twentieth", set: and(filter, slow), within: filter });
  }
  return sets;
}

// From the marks, each with the traces that it stands for.
function p95Of({ marks }) {
  const times = marks.map(([, time, ...rest]) => [time, rest.slice(0, 4).reduce((sum, count) => sum + count, 0)]).sort(([a], [b]) => a - b);
  let left = 0.95 * times.reduce((sum, [, traces]) => sum + traces, 0);
  return times.find(([, traces]) => (left -= traces) <= 0)?.[0] ?? 0;
}
