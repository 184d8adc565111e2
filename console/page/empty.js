// Empty states that teach: where segments are expected, the lines to paste, what came last and what was refused.

import * as api from "./api.js";
import { copyButton, h } from "./dom.js";
import { age, bytes, count, plural } from "./format.js";
import { refusals } from "./frame.js";
import { go, here, link, linkKeeping, traceLink } from "./route.js";

/** What to show when a window holds nothing. */
export async function emptyState(filter) {
  const status = await api.status().catch(() => null);
  if (!status) return h("section", { class: "empty" }, h("h2", null, "Waiting for the console"), h("p", null, `Nothing answers at ${location.host}.`));
  if (status.store.traces > 0) return nothingHere(status, filter);
  return h("section", { class: "empty" }, h("h2", null, "No segments yet"),
    h("p", null, "This console listens where the node's X-Ray daemon would: ", h("b", null, `UDP ${status.address.udp}`), ". Start a service with"),
    pasteable(lines(status.address)),
    h("p", null, "or send one segment by hand, from bash:"),
    pasteable(oneSegment(status.address.udp)),
    arrivals(status));
}

/** What came in and what was refused, with the reasons. */
export function received(status) {
  const { datagrams, last, last_refused: lastRefused } = status;
  return h("div", { class: "received" },
    h("p", null, `${plural(datagrams.received, "datagram")} received, ${count(datagrams.accepted)} accepted.`),
    refusedList(status),
    last && h("p", null, `The last, ${ago(last)}: ${bytes(last.bytes)} from ${last.sender}, ${last.verdict}. `, last.trace_id && h("a", { href: traceLink(last.trace_id) }, last.name ?? last.trace_id)),
    lastRefused && h("p", null, `The last refused, ${ago(lastRefused)}: ${bytes(lastRefused.bytes)} from ${lastRefused.sender}. `, h("b", null, lastRefused.reason), h("br"), h("code", { class: "excerpt" }, lastRefused.excerpt)));
}

/** Refusals by reason. */
export function refusedList(status) {
  const dropped = status.datagrams.dropped_by_socket ?? 0;
  const all = dropped ? [...refusals(status), ["dropped by the socket's full buffer", dropped]] : refusals(status);
  return all.length > 0 && h("ul", { class: "refusals" }, all.map(([reason, times]) =>
    h("li", { "data-refused": reason }, h("span", { class: "sign fault", "aria-hidden": "true" }, "✕"), ` ${count(times)} refused: ${reason}`)));
}

function nothingHere(status, filter) {
  return h("section", { class: "empty" }, h("h2", null, filter ? "No trace matches" : "Nothing in this time range"),
    h("p", null, `The store holds ${plural(status.store.traces, "trace")}`, status.store.oldest ? `, the oldest ${age(Date.now() / 1000 - status.store.oldest)} old.` : "."),
    filter && h("p", null, h("code", null, filter), " matches none of those in this time range."),
    h("p", { class: "actions" },
      filter && h("a", { class: "button", href: linkKeeping(listOrMap(), { filter: "" }) }, "Without the filter"),
      h("button", { type: "button", onclick: () => go(linkKeeping(listOrMap(), { timeRange: "PT6H" })) }, "Last 6 hours")),
    arrivals(status));
}

function arrivals(status) {
  return [received(status), h("p", null, h("a", { href: link("wire") }, "All of the last datagrams"))];
}

function listOrMap() {
  return here().view === "traces" ? "traces" : "service-map";
}

function ago(datagram) {
  return `${age(Date.now() / 1000 - datagram.at)} ago`;
}

function pasteable(text) {
  const all = text.join("\n");
  return h("div", { class: "pasteable" }, h("pre", { tabindex: "0" }, all), copyButton("Copy", () => all));
}

function lines({ udp }) {
  return [`export AWS_XRAY_DAEMON_ADDRESS=${udp}`, "export AWS_XRAY_TRACING_NAME=my-service"];
}

// A here-document goes out in one datagram; echo and printf of bash write line by line.
function oneSegment(udp) {
  const device = udp.replace(/:(\d+)$/, "/$1").replace(/[[\]]/g, "");
  return [`cat > /dev/udp/${device} <<END`, '{"format":"json","version":1}',
    '{"trace_id":"1-$(printf %08x-%024x $(date +%s) $RANDOM)","id":"$(printf %016x $RANDOM)",',
    ' "name":"hello","start_time":$(date +%s),"end_time":$(date +%s)}', "END"];
}
