// What the side panel shows of a segment or subsegment: Overview, Resources, Annotations, Metadata, Exceptions, Raw.

import { linkKeeping, traceLink } from "../../model/address.js";
import { selfTime } from "../../model/critical-path.js";
import { duration, local, utc } from "../../model/format.js";
import { word } from "../../model/outcome.js";
import { button, copyButton, h, put, set } from "../parts/dom.js";
import { facts } from "../parts/panel.js";
import { sign } from "../parts/sign.js";
import { hasExceptions, exceptionList } from "./exceptions.js";

/** @type {[string, (node: any, of: { trace: any, route: any }) => any][]} */
const TABS = [["Overview", overview], ["Resources", resources], ["Annotations", annotations], ["Metadata", metadata],
  ["Exceptions", exceptionList], ["Raw", raw]];

/** The tab at which a part is opened where none was chosen: why it failed comes first. */
export function firstTab(node) {
  return hasExceptions(node) ? "Exceptions" : "Overview";
}

/** The tabs of a node `of` its trace and the route by which that is shown, one of them chosen; `onchoose(name)` is told of another. */
export function tabsOf(node, of, chosen, onchoose) {
  const body = h("div", { role: "tabpanel", id: "tab-body", tabindex: "0", "aria-labelledby": "chosen-tab" });
  const tabs = TABS.map(([name, content]) => button(name, () => choose(name),
    { role: "tab", "aria-controls": "tab-body", "data-tab": name, "data-empty": content(node, of) === null }));

  function choose(name) {
    chosen = name;
    onchoose(name);
    for (const tab of tabs) {
      const mine = tab.dataset.tab === name;
      set(tab, { "aria-selected": String(mine), id: mine ? "chosen-tab" : null, tabindex: mine ? "0" : "-1" });
    }
    const [, content] = TABS.find(([one]) => one === name);
    put(body, content(node, of) ?? h("p", { class: "hint" }, `No ${name.toLowerCase()} in this ${node.segment === node ? "segment" : "subsegment"}.`));
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (TABS.findIndex(([name]) => name === chosen) + step + TABS.length) % TABS.length;
    choose(TABS[next][0]);
    tabs[next].focus();
  }

  choose(chosen);
  return [h("div", { class: "tabs", role: "tablist", "aria-label": "About the segment", onkeydown: move }, tabs), body];
}

/** All that is known of a node, for pages without tabs: `[name, content]` pairs. */
export function sectionsOf(node, of) {
  return TABS.map(([name, content]) => [name, content(node, of)]).filter(([name, content]) => content !== null && name !== "Raw");
}

function overview(node, { route }) {
  const { document: d } = node;
  const rule = d.aws?.xray?.sampling_rule_name;
  return [facts([
    ["Outcome", [sign(node.outcome), ` ${word(node.outcome)}`]], ["Service", node.service.name], ["Kind", kindWords(node)],
    ["Duration", node.inProgress ? "in progress" : duration(node.end - node.start)], ["Self time", duration(selfTime(node))],
    ["Start", times(d.start_time)], ["End", d.end_time && times(d.end_time)],
    ["ID", mono(d.id)], ["Parent", d.parent_id && mono(d.parent_id)], ["User", d.user], ["Namespace", d.namespace],
    ["Sampling rule", rule && h("a", { href: linkKeeping(route, "sampling") }, String(rule))],
  ]), d.http && requestAndResponse(d.http), linksOf(d, route)];
}

/** @param {{ request?: any, response?: any }} http */
function requestAndResponse({ request = {}, response = {} }) {
  const client = request.client_ip && `${request.client_ip}${request.x_forwarded_for ? " (X-Forwarded-For)" : ""}`;
  return [h("h3", null, "Request and response"), facts([["Method", request.method], ["URL", request.url], ["Client", client],
    ["User agent", request.user_agent], ["Status", response.status], ["Content length", response.content_length]])];
}

function linksOf({ links }, route) {
  const given = (Array.isArray(links) ? links : []).filter((link) => link?.trace_id).map((link) => String(link.trace_id));
  return given.length > 0 && [h("h3", null, "Links"), h("ul", null, given.map((id) => h("li", null, h("a", { class: "mono", href: traceLink(id, "", route) }, id))))];
}

function kindWords({ kind, segment, id }) {
  if (kind === "inferred") return "inferred from its caller";
  if (kind === "remote") return "subsegment, a call to another service";
  return segment.id === id ? "segment" : "subsegment";
}

function resources({ document: { origin, aws, service, sql } }) {
  return origin || aws || service || sql ? [facts([["Origin", origin]]), block("aws", aws), block("service", service), block("sql", sql)] : null;
}

function annotations({ document }) {
  const all = Object.entries(document.annotations ?? {});
  return all.length > 0 ? facts(all.map(([key, value]) => [key, String(value)])) : null;
}

function metadata({ document }) {
  const all = Object.entries(document.metadata ?? {});
  return all.length > 0 ? all.map(([namespace, value]) => block(namespace, value)) : null;
}

function raw({ document }) {
  const text = JSON.stringify(document, null, 2);
  return [copyButton("Copy", () => text), h("pre", { class: "json" }, text)];
}

function block(name, value) {
  return value !== undefined && value !== null && [h("h3", null, name), h("pre", { class: "json" }, JSON.stringify(value, null, 2))];
}

function times(at) {
  return [local(at), h("span", { class: "hint" }, " local"), h("br"), utc(at)];
}

function mono(text) {
  return h("span", { class: "mono" }, text);
}
