// Ways to look at summaries by a value of theirs: for the table of groups and for the refiners.

import { annotation, quote, throughService } from "./expression.js";
import { ofSummary, word } from "./outcome.js";

/** `{ key, label, values(summary), expression(value) }`, annotations of these summaries included. */
export function facetsOf(summaries) {
  const keys = new Set(summaries.flatMap(({ Annotations }) => Object.keys(Annotations ?? {})));
  return [...FIXED, ...[...keys].sort().map(annotationFacet)];
}

/** Groups of summaries by a facet, the largest first: `{ value, traces, share, average, counts }`. */
export function groupsOf(summaries, facet) {
  const groups = new Map();
  for (const summary of summaries) for (const value of new Set(facet.values(summary))) add(groups, value, summary);
  return [...groups.values()]
    .map((group) => ({ ...group, share: group.traces / summaries.length, average: group.time / group.traces }))
    .sort((a, b) => b.traces - a.traces);
}

const FIXED = [
  facet("url", "URL", ({ Http }) => given(Http?.HttpURL), (value) => `http.url = ${quote(value)}`),
  facet("status", "Status", ({ Http }) => given(Http?.HttpStatus), (value) => `http.status = ${value}`),
  facet("outcome", "Outcome", (summary) => [word(ofSummary(summary))], (value) => value.toLowerCase()),
  facet("method", "Method", ({ Http }) => given(Http?.HttpMethod), (value) => `http.method = ${quote(value)}`),
  facet("node", "Node", ({ ServiceIds }) => (ServiceIds ?? []).map(({ Name }) => Name), (value) => throughService(value)),
  facet("user", "User", ({ Users }) => (Users ?? []).map(({ UserName }) => UserName), (value) => `user = ${quote(value)}`),
];

function facet(key, label, values, expression) {
  return { key, label, values, expression };
}

function annotationFacet(key) {
  const values = ({ Annotations }) => (Annotations?.[key] ?? []).map(({ AnnotationValue }) => annotationValue(AnnotationValue));
  return facet(`annotation.${key}`, key, values, (value) => annotation(key, value));
}

function annotationValue(value) {
  return value?.StringValue ?? value?.NumberValue ?? value?.BooleanValue;
}

function given(value) {
  return value === undefined || value === null ? [] : [value];
}

function add(groups, value, summary) {
  const group = groups.get(value) ?? { value, traces: 0, time: 0, counts: { ok: 0, error: 0, throttle: 0, fault: 0 } };
  group.traces += 1;
  group.time += summary.ResponseTime ?? summary.Duration ?? 0;
  group.counts[ofSummary(summary)] += 1;
  groups.set(value, group);
}
