// X-Ray's four outcomes: colour, sign and word of each, and how they are read from documents and statistics.

/** In the order in which a ring shows them. Two bars stand for ⏸, which many fonts lack or show as an emoji. */
export const OUTCOMES = [
  { key: "ok", sign: "✓", word: "OK" },
  { key: "error", sign: "!", word: "Error" },
  { key: "throttle", sign: "❚❚", word: "Throttle" },
  { key: "fault", sign: "✕", word: "Fault" },
];

const BY_KEY = Object.fromEntries(OUTCOMES.map((one) => [one.key, one]));

/** The outcome of a segment or subsegment document: a throttle is an error too, a fault outweighs both. */
export function ofDocument(document) {
  return worst(document.fault, document.throttle, document.error);
}

/** The outcome of a trace summary. */
export function ofSummary(summary) {
  return worst(summary.HasFault, summary.HasThrottle, summary.HasError);
}

/** Counts by outcome, from the statistics of a node or an edge of the service graph. */
export function counts(statistics) {
  return {
    ok: statistics?.OkCount ?? 0,
    error: statistics?.ErrorStatistics?.OtherCount ?? 0,
    throttle: statistics?.ErrorStatistics?.ThrottleCount ?? 0,
    fault: statistics?.FaultStatistics?.TotalCount ?? 0,
  };
}

/** Shares of one by outcome; all 0 without a call.
 *  @returns {[string, number][]} */
export function shares(statistics) {
  const of = counts(statistics);
  const total = of.ok + of.error + of.throttle + of.fault;
  return OUTCOMES.map(({ key }) => [key, total ? of[key] / total : 0]);
}

/** The outcome with this key. */
export function outcome(key) {
  return BY_KEY[key];
}

export function word(key) {
  return BY_KEY[key].word;
}

function worst(fault, throttle, error) {
  if (fault) return "fault";
  if (throttle) return "throttle";
  return error ? "error" : "ok";
}
