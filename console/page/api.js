// All requests to the console: the X-Ray API, and the console's own routes. No other file of the page uses the network.

const PATIENCE = 20_000;
/** An answer that is an error, or none: `message` is for people, `reason` what the console said;
 *  `position` and `expected` are there for a filter that does not parse. */
class ApiError extends Error {
  constructor(message, status = 0, body = {}) {
    super(message);
    this.status = status;
    this.reason = body.Message ?? body.message ?? null;
    this.position = body.Position ?? null;
    this.expected = body.Expected ?? null;
  }
}

/** The service graph of a window (epoch seconds), narrowed to the traces that a filter matches: `{ services, incomplete_before? }`. */
export async function serviceGraph({ start, end }, filter, signal) {
  const { Services, incomplete_before } = await post("ServiceGraph", { ...range(start, end), ...(filter && { FilterExpression: filter }) }, signal);
  return { services: Services, incomplete_before };
}

/** The traces of a window that a filter takes: how many, and of them `parts` as docs/analysis.md has them: rows, groups, scatter. */
export function traces(window, filter, parts, signal) {
  return post("analysis/traces", { traces: asked(window, filter), ...parts }, signal);
}

/** What distinguishes the traces of one `[window, filter]` from the others of a wider one. */
export function differences(set, within, signal) {
  return post("analysis/differences", { set: asked(...set), within: asked(...within) }, signal);
}

/** The latency of the calls that a selector matches, for some outcomes or for all. */
export function latency(window, filter, of, outcomes, signal) {
  return post("analysis/latency", { traces: asked(window, filter), of, ...(outcomes && { outcomes }) }, signal);
}

/** The newest traces of a window that a filter takes, at most 50: `[{ id, start, time (µs), outcome, url, … }]`. */
export async function newestTraces(window, filter) {
  return (await traces(window, filter, { rows: { limit: 50 } })).rows.rows;
}

/** The compiled trace `{ Id, Duration, Segments }`, or null if the store has none of that id. */
export async function trace(id) {
  const { Traces } = await post("Traces", { TraceIds: [id] });
  return Traces[0] ?? null;
}

/** Hands segment documents over, as text. → those refused, `[{ Id, ErrorCode, Message }]`. */
export async function putDocuments(TraceSegmentDocuments) {
  return (await post("TraceSegments", { TraceSegmentDocuments })).UnprocessedTraceSegments;
}

/** Hands a request of OTLP over. → `{ rejectedSpans?, errorMessage? }`. */
export async function putSpans(request) {
  return (await post("v1/traces", request)).partialSuccess ?? {};
}

export async function traceGraph(id) {
  return pages("TraceGraph", "Services", { TraceIds: [id] });
}

/** The segment documents of a trace as they were received, as text. */
export async function receivedDocuments(id) {
  return (await ask(`documents/${encodeURIComponent(id)}`)).documents;
}

/** Segment documents, as text, without their secrets. */
export async function hidden(documents) {
  return (await post("hidden", { documents })).documents;
}

/** The log lines of a trace: `{ sources, lines, more, dropped, query, start, end }`. */
export const logs = (id) => ask(`logs/${encodeURIComponent(id)}`);

export const status = () => ask("status");
export const wire = async () => (await ask("wire")).datagrams;
export const completions = () => ask("completions");
export const sampling = () => ask("sampling");
export const createSamplingRule = (SamplingRule) => post("CreateSamplingRule", { SamplingRule });
export const updateSamplingRule = (SamplingRuleUpdate) => post("UpdateSamplingRule", { SamplingRuleUpdate });
export const deleteSamplingRule = (RuleName) => post("DeleteSamplingRule", { RuleName });
export const clear = () => ask("clear", { method: "POST" });

/** A style sheet of the page, as text. */
export async function styleSheet(name) {
  return (await fetch(`/page/style/${name}.css`)).text();
}

/** What the console tells of by itself: `onhello()` when it is connected, `onchanged({ traces, more })` when something arrived,
 *  `onlost(ended)` when the connection is lost; unless it has `ended`, the browser connects again by itself. */
export function events({ onhello, onchanged, onlost }) {
  const source = new EventSource("/events");
  source.addEventListener("hello", onhello);
  source.addEventListener("changed", ({ data }) => onchanged(JSON.parse(data)));
  source.addEventListener("error", () => onlost(source.readyState === EventSource.CLOSED));
}

function asked({ start, end }, filter) {
  return { start, end, ...(filter && { filter }) };
}

function range(start, end) {
  return { StartTime: start, EndTime: end };
}

async function pages(operation, member, request, signal) {
  const all = [];
  let NextToken;
  do {
    const answer = await post(operation, { ...request, ...(NextToken && { NextToken }) }, signal);
    for (const one of answer[member] ?? []) all.push(one);
    NextToken = answer.NextToken;
  } while (NextToken);
  return all;
}

function post(path, body, signal) {
  return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }, signal);
}

/** `signal` cancels the request: it then fails with an AbortError, which is not shown.
 *  @param {RequestInit} [options]
 *  @param {AbortSignal} [signal] */
async function ask(path, options, signal) {
  const limit = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(`/${path}`, { ...options, signal: signal ? AbortSignal.any([limit, signal]) : limit }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new ApiError(error.name === "TimeoutError"
      ? `The console did not answer /${path} within ${PATIENCE / 1000} s.`
      : `The console does not answer at ${location.host}. Is it still running?`);
  });
  const text = await answer.text().catch(() => "");
  signal?.throwIfAborted();
  const body = parsed(text);
  if (answer.ok) {
    if (body === null && text) throw new ApiError(`The console's answer to /${path} is not JSON.`, answer.status);
    // X-Ray's answers say it in a header, the console's own in the answer.
    const before = answer.headers.get("x-console-incomplete-before");
    return before === null ? body : { ...body, incomplete_before: Number(before) };
  }
  const said = body?.Message ?? body?.message;
  throw new ApiError(`The console answered ${answer.status} to /${path}${said ? `: ${said}` : "."}`, answer.status, body ?? {});
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
