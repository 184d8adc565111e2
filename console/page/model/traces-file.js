// A file with traces, read: an answer of BatchGetTraces, segment documents (one, a list, one in a line) or OTLP's JSON (one request, or one
// in a line, as the collector writes them).

import { objects } from "./objects.js";
import { traceIdIn } from "./trace-id.js";

/** Bytes of the longest file that is read. */
export const LONGEST = 64e6;
const SPANS_AT_ONCE = 500;
const NANOSECONDS = 1e9;

/** What is in a text: `{ documents: [text], requests: [OTLP's ExportTraceServiceRequest], ids: Set of trace ids, start, end, mistakes: [words] }`,
 *  the times in epoch seconds. What cannot be read is a mistake and loses nothing else. */
export function readTraces(text) {
  const found = { documents: [], requests: [], ids: new Set(), start: Infinity, end: -Infinity, mistakes: [] };
  const whole = parsed(text);
  if (whole.error === null) {
    gather(found, whole.value, "The file");
    return found;
  }
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 })).filter(({ line }) => line !== "");
  const read = lines.map(({ line, number }) => ({ number, ...parsed(line) }));
  // A file that is no list of lines is one text with one mistake.
  if (!read.some(({ error, value }) => error === null && typeof value === "object")) {
    found.mistakes.push(`The file is not JSON: ${whole.error}.`);
    return found;
  }
  for (const { number, value, error } of read) {
    if (error === null) gather(found, value, `Line ${number}`);
    else found.mistakes.push(`Line ${number} is not JSON: ${error}.`);
  }
  return found;
}

function parsed(text) {
  try {
    return { value: JSON.parse(text), error: null };
  } catch (error) {
    return { value: null, error: error.message };
  }
}

function gather(found, value, where) {
  if (Array.isArray(value)) value.forEach((one, index) => gather(found, one, `${where}, entry ${index + 1}`));
  else if (Array.isArray(value?.Traces)) objects(value.Traces).forEach((trace) => gatherTrace(found, trace, where));
  else if (Array.isArray(value?.Segments)) gatherTrace(found, value, where);
  else if (Array.isArray(value?.resourceSpans)) gatherSpans(found, value);
  else if (value?.trace_id && value.id) gatherDocument(found, value);
  else if (value?.format !== "json") found.mistakes.push(`${where} is no segment document, no answer of BatchGetTraces and no OTLP request: ${inShort(value)}`);
}

// What is inferred is inferred again from its caller.
function gatherTrace(found, { Segments }, where) {
  for (const { Document } of objects(Segments)) {
    const { value, error } = typeof Document === "string" ? parsed(Document) : { value: Document, error: null };
    if (error !== null || !value) found.mistakes.push(`${where}: a segment's document is not JSON: ${error ?? "there is none"}.`);
    else if (!value.inferred) gatherDocument(found, value);
  }
}

function gatherDocument(found, document) {
  found.documents.push(JSON.stringify(document));
  add(found, document.trace_id, Number(document.start_time), Number(document.end_time ?? document.start_time));
}

// A console takes 8 MB at once.
function gatherSpans(found, { resourceSpans }) {
  for (const resource of objects(resourceSpans)) {
    for (const scope of objects(resource.scopeSpans)) {
      const spans = objects(scope.spans);
      for (let from = 0; from < spans.length; from += SPANS_AT_ONCE) {
        const some = spans.slice(from, from + SPANS_AT_ONCE);
        found.requests.push({ resourceSpans: [{ ...resource, scopeSpans: [{ ...scope, spans: some }] }] });
      }
      for (const span of spans) {
        add(found, span.traceId, Number(span.startTimeUnixNano) / NANOSECONDS, Number(span.endTimeUnixNano) / NANOSECONDS);
      }
    }
  }
}

function add(found, id, start, end) {
  const known = traceIdIn(String(id));
  if (known) found.ids.add(known);
  if (start > 0) found.start = Math.min(found.start, start);
  if (end > 0) found.end = Math.max(found.end, end);
}

function inShort(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
