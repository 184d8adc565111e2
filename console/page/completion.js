// What may come next in a filter expression. Pure: the text before the caret and the console's vocabulary → suggestions.

import { quote } from "./expression.js";

const MOST = 12;
const FLAGS = [["ok", "answered without error"], ["error", "4xx at the entry"], ["throttle", "429"], ["fault", "5xx at the entry"],
  ["partial", "still in progress"]];
const FORMS = [['service("', "reaches a service"], ['edge("', "one service calls another"], ["annotation.", "an annotation"]];
const WORDS = [["responsetime", "seconds until the answer"], ["duration", "seconds until the last segment's end"],
  ["http.status", "status code"], ["http.url", "URL"], ["http.method", "method"], ["http.useragent", "user agent"],
  ["http.clientip", "client address"], ["user", "user"], ["availabilityzone", "zone"], ["instance.id", "instance"],
  ["resource.arn", "ARN"], ["group.name", "a group"], ["name", "in rootcause braces"], ["type", "in rootcause braces"],
  ["message", "in rootcause braces"]];
const ROOT_CAUSES = [["rootcause.fault.service { ", "why it failed"], ["rootcause.responsetime.entity { ", "why it was slow"]];
const KEYWORDS = [...FLAGS, ...FORMS, ...WORDS.map(([word, hint]) => [`${word} `, hint]), ...ROOT_CAUSES];
const JOINS = [["AND ", "both"], ["OR ", "either"]];
const COMPARISONS = [[">= ", "at least"], ["<= ", "at most"], ["= ", "equal"]];
const MATCHES = [["= ", "equal"], ['CONTAINS "', "contains"], ['BEGINSWITH "', "begins with"], ["!= ", "different"]];
const OPERATOR = "(?:[<>]=?|!?=|CONTAINS|BEGINSWITH|ENDSWITH)";

// From the most to the least particular. The last group of each is what has been typed of the word to complete.
const RULES = [
  [/(?:service|edge)\(\s*("?[^"(){}]*)$/i, ({ services = [] }) => services.map(({ name, type }) => [quote(name), type ?? ""])],
  [/edge\(\s*"[^"]*"\s*,\s*("?[^"(){}]*)$/i, ({ services = [] }) => services.map(({ name, type }) => [`${quote(name)})`, type ?? ""])],
  [new RegExp(`annotation[.[]([\\w.]*)\\]?\\s*${OPERATOR}\\s*("?[^"\\s]*)$`, "i"), (vocabulary, [, key]) => annotationValues(vocabulary, key)],
  [/annotation[.[]([\w.]*)$/i, ({ annotations = [] }) => annotations.map(({ key }) => [`${key} = `, "annotation"])],
  [new RegExp(`(http\\.url|http\\.method|http\\.status|user)\\s*${OPERATOR}\\s*("?[^"\\s]*)$`, "i"), (vocabulary, [, word]) => values(vocabulary, word)],
  [/(?:responsetime|duration|http\.status|index|coverage)\s+([<>=!]*)$/i, () => COMPARISONS],
  [/(?:http\.(?:url|method|useragent|clientip)|user|group\.name)\s+(\w*|[=!]+)$/i, () => MATCHES],
  [/(?:[\w"})\]])\s+([A-Za-z]*)$/, (_, { input }) => (/\b(?:AND|OR)\s+\S*$/i.test(input) ? KEYWORDS : JOINS)],
  [/(?:^|[\s({!])([A-Za-z.]*)$/, () => KEYWORDS],
];

/** `{ from, items: [{ text, hint }] }`: each text replaces what stands from `from` to the caret. */
export function suggest(before, vocabulary) {
  for (const [pattern, choices] of RULES) {
    const match = pattern.exec(before);
    if (match) return matching(match.at(-1), before.length, choices(vocabulary, match));
  }
  return { from: before.length, items: [] };
}

function annotationValues({ annotations = [] }, key) {
  const known = annotations.find((one) => one.key === key)?.values ?? [];
  return known.map((value) => [typeof value === "string" ? quote(value) : String(value), ""]);
}

function values(vocabulary, word) {
  const member = { "http.url": "urls", "http.method": "methods", "http.status": "statuses", user: "users" }[word.toLowerCase()];
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
