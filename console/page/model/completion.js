// Completion of filter expressions. Pure: the text before the caret and the console's vocabulary → suggestions.

import { quote } from "./expression.js";

const MOST = 12;
const OUTCOMES = [["ok", "answered without error"], ["error", "4xx"], ["throttle", "429"], ["fault", "5xx"]];
const TIMES = [["responsetime ", "seconds until the answer"], ["duration ", "seconds until the last segment's end"]];
const REQUEST = [["http.status ", "status code"], ["http.url ", "URL"], ["http.method ", "method"], ["http.useragent ", "user agent"],
  ["http.clientip ", "client address"], ["http.route ", "route"], ["user ", "user"]];
const NAMED = [["name ", "of the service"], ["type ", "of the service"]];
const FORMS = [["partial", "still in progress"], ['service("', "reaches a service"], ['edge("', "one service calls another"],
  ["annotation.", "an annotation"]];
const RARER = [["service.version ", "version of a service"], ["availabilityzone ", "zone"], ["instance.id ", "instance"], ["eks.pod ", "pod"],
  ["ecs.container ", "container"], ["resource.arn ", "ARN"], ["group.name ", "a group"],
  ["rootcause.fault.service { ", "why it failed"], ["rootcause.responsetime.entity { ", "why it was slow"]];

// The keywords allowed in the braces of these, and outside of braces.
/** @type {[RegExp, string[][]][]} */
const SCOPES = [
  [/edge\([^{}]*$/i, [...OUTCOMES, ...TIMES]],
  [/service\([^{}]*$/i, [...OUTCOMES, ...TIMES, ...REQUEST, ...NAMED]],
  [/rootcause\.\w+\.exception\s*$/i, [["name ", "of the exception"], ["message ", "of the exception"]]],
  [/rootcause\.[\w.]+\s*$/i, [...NAMED, ["message ", "of the exception"], ["remote", "a call to another service"]]],
];
const OUTSIDE = [...OUTCOMES, ...FORMS, ...TIMES, ...REQUEST, ...RARER];
const JOINS = [["AND ", "both"], ["OR ", "either"]];
const COMPARISONS = [[">= ", "at least"], ["<= ", "at most"], ["= ", "equal"]];
const MATCHES = [["= ", "equal"], ['CONTAINS "', "contains"], ['BEGINSWITH "', "begins with"], ["!= ", "different"]];
const OPERATOR = "(?:[<>]=?|!?=|CONTAINS|BEGINSWITH|ENDSWITH)";

// From the most to the least specific. The last group of each is the typed part of the word to complete.
/** @type {[RegExp, (vocabulary: any, match: any) => any[]][]} */
const RULES = [
  [/(?:service|edge)\(\s*("?[^"(){}]*)$/i, ({ services = [] }) => services.map(({ name, type }) => [quote(name), type ?? ""])],
  [/edge\(\s*"[^"]*"\s*,\s*("?[^"(){}]*)$/i, ({ services = [] }) => services.map(({ name, type }) => [`${quote(name)})`, type ?? ""])],
  [new RegExp(`annotation[.[]([\\w.]*)\\]?\\s*${OPERATOR}\\s*("?[^"\\s]*)$`, "i"), (vocabulary, [, key]) => annotationValues(vocabulary, key)],
  [/annotation[.[]([\w.]*)$/i, ({ annotations = [] }) => annotations.map(({ key }) => [`${key} = `, "annotation"])],
  [new RegExp(`(http\\.url|http\\.method|http\\.status|http\\.route|service\\.version|eks\\.pod|ecs\\.container|user)\\s*${OPERATOR}\\s*("?[^"\\s]*)$`, "i"), (vocabulary, [, word]) => values(vocabulary, word)],
  [/(?:responsetime|duration|http\.status|index|coverage)\s+([<>=!]*)$/i, () => COMPARISONS],
  [/(?:http\.(?:url|method|useragent|clientip|route)|service\.version|eks\.pod|ecs\.container|user|name|type|message|availabilityzone|instance\.id|resource\.arn)\s+(\w*|[=!]+)$/i, () => MATCHES],
  [/(?:[\w"})\]])\s+([A-Za-z]*)$/, (_, { input }) => (/\b(?:AND|OR)\s+\S*$/i.test(input) ? keywords(input) : JOINS)],
  [/(?:^|[\s({!])([A-Za-z.]*)$/, (_, { input }) => keywords(input)],
];

/** `{ from, items: [{ text, hint }] }`: each text replaces the text between `from` and the caret. */
export function suggest(before, vocabulary) {
  for (const [pattern, choices] of RULES) {
    const match = pattern.exec(before);
    if (match) return matching(match.at(-1), before.length, choices(vocabulary, match));
  }
  return { from: before.length, items: [] };
}

// The keywords of the innermost open braces; braces in strings do not count.
function keywords(before) {
  const plain = before.replace(/"(?:\\.|[^"\\])*"/g, '""').replace(/\{[^{}]*\}/g, "");
  const open = plain.lastIndexOf("{");
  const [, words] = (open >= 0 && SCOPES.find(([pattern]) => pattern.test(plain.slice(0, open)))) || [null, OUTSIDE];
  return words;
}

function annotationValues({ annotations = [] }, key) {
  const known = annotations.find((one) => one.key === key)?.values ?? [];
  return known.map((value) => [typeof value === "string" ? quote(value) : String(value), ""]);
}

function values(vocabulary, word) {
  const member = { "http.url": "urls", "http.method": "methods", "http.status": "statuses", "http.route": "routes", "service.version": "versions",
    "eks.pod": "pods", "ecs.container": "containers", user: "users" }[word.toLowerCase()];
  return (vocabulary[member] ?? []).map((value) => [member === "statuses" ? String(value) : quote(value), ""]);
}

function matching(typed, end, choices) {
  const bare = (text) => text.toLowerCase().replace(/^"/, "");
  // A service may be known by several types: its name is offered once.
  const once = [...new Map(choices.toReversed()).entries()].reverse();
  const items = once.filter(([text]) => text !== typed && bare(text).startsWith(bare(typed)))
    .slice(0, MOST).map(([text, hint]) => ({ text, hint }));
  return { from: end - typed.length, items };
}
