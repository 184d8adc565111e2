// Trace ids in either spelling, also inside a pasted header.

const XRAY = /\b1-([0-9a-f]{8})-([0-9a-f]{24})\b/i;
const W3C = /(?:^|\b00-)([0-9a-f]{8})([0-9a-f]{24})(?:$|-)/i;

/** X-Ray's spelling of the trace id in `text` (an id, `X-Amzn-Trace-Id`, 32 hex digits, `traceparent`), or null. */
export function traceIdIn(text) {
  const match = XRAY.exec(text) ?? W3C.exec(text.trim());
  return match && `1-${match[1]}-${match[2]}`.toLowerCase();
}

/** The short form of an id in lists. */
export function shortId(id) {
  return `…${id.slice(-8)}`;
}
