// The rules in the order in which services try them, with what was reported of each, and who asked.

import { age, bothTimes, percent, plural } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";
import { columnChart } from "./columns.js";

// The headings of X-Ray's own page; what is "*" everywhere would only fill the table.
/** @type {[string, (rule: any) => string][]} */
const HEADS = [["Rule name", ({ RuleName }) => RuleName], ["Priority", ({ Priority }) => Priority], ["Reservoir", ({ ReservoirSize }) => `${ReservoirSize}/s`],
  ["Rate", ({ FixedRate }) => percent(FixedRate)], ["Service name", ({ ServiceName }) => ServiceName], ["Service type", ({ ServiceType }) => ServiceType],
  ["Host", ({ Host }) => Host], ["HTTP method", ({ HTTPMethod }) => HTTPMethod], ["URL path", ({ URLPath }) => URLPath],
  ["Resource ARN", ({ ResourceARN }) => ResourceARN], ["Attributes", ({ Attributes }) => attributesOf(Attributes)]];

/** `{ element, show(state) }`; `onedit(rule)` is told of a rule that the reader wants to change. */
export function makeRules(onedit) {
  const table = h("table", null, h("caption", { class: "unseen" }, "Sampling rules"));
  const element = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Sampling rules" }, table);

  function show(state) {
    const focused = /** @type {HTMLElement} */ (document.activeElement)?.dataset.rule;
    const heads = HEADS.map(([words]) => h("th", { scope: "col" }, words));
    put(table, table.caption, h("thead", null, h("tr", null, heads)), state.rules.map((one) => ruleBody(one, state, onedit)));
    if (focused) table.querySelector(`[data-rule="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  return { element, show };
}

function ruleBody({ rule, columns, clients }, state, onedit) {
  const name = button(rule.RuleName, () => onedit(rule), { class: "link", "data-rule": rule.RuleName, title: "Change this rule" });
  const [, ...values] = HEADS.map(([, value]) => value(rule));
  return h("tbody", { "data-rule-body": rule.RuleName },
    h("tr", null, h("th", { scope: "row" }, name), values.map((value) => h("td", { class: value === "*" ? "any" : null }, value))),
    h("tr", { class: "reported" }, h("td", { colspan: HEADS.length }, h("div", null, columnChart(columns, state), clientList(clients, state.at)))));
}

function clientList(clients, now) {
  if (clients.length === 0) return h("p", { class: "hint" }, "No client has asked in the last ten minutes.");
  return h("ul", { class: "clients", "aria-label": "Clients" }, clients.map(({ id, last_asked: at, quota }) =>
    h("li", { title: bothTimes(at) }, h("span", { class: "mono" }, id), ` asked ${age(now - at)} ago, may take ${plural(quota, "request")} a second`)));
}

function attributesOf(attributes) {
  return Object.entries(attributes ?? {}).map(([key, value]) => `${key} = ${value}`).join(", ") || "–";
}
