// What was received, and what was refused and why, so that no loss is silent.

import { traceLink } from "../../model/address.js";
import { age, bytes, count, plural } from "../../model/format.js";
import { losses } from "../../model/losses.js";
import { h } from "./dom.js";

/** What came in and what was refused, with the reasons; seen from a route. */
export function received(status, route) {
  const { datagrams, documents, last, last_refused: refused } = status;
  return h("div", { class: "received" },
    h("p", null, `${plural(datagrams.received, "datagram")} received, ${count(datagrams.accepted)} accepted.`,
      documentsOf(documents) > datagrams.accepted && ` With OTLP and the API, ${plural(documents.accepted, "document")} accepted.`),
    lossList(status),
    warningList(documents.warned ?? {}),
    last && h("p", null, `The last, ${where(last)}, ${last.verdict}. `,
      last.trace_id && h("a", { href: traceLink(last.trace_id, "", route) }, last.name ?? last.trace_id)),
    refused && h("p", null, `The last refused, ${where(refused)}. `, h("b", null, refused.reason), h("br"),
      h("code", { class: "excerpt" }, refused.excerpt)));
}

// A datagram has one document, and OTLP and the API have no datagram.
function documentsOf({ accepted, refused }) {
  return Object.values(refused).reduce((sum, times) => sum + times, accepted);
}

function lossList(status) {
  const all = losses(status);
  return all.length > 0 && h("ul", null, all.map(([reason, times]) => h("li", { "data-refused": reason },
    h("span", { class: "sign fault", "aria-hidden": "true" }, "✕"), ` ${count(times)} refused: ${reason}`)));
}

function warningList(warned) {
  const all = Object.entries(warned);
  return all.length > 0 && h("ul", null, all.map(([code, times]) => h("li", { "data-warned": code },
    h("span", { class: "sign error", "aria-hidden": "true" }, "!"), ` ${count(times)} kept with a warning: ${code}`)));
}

function where({ at, bytes: size, sender }) {
  return `${age(Date.now() / 1000 - at)} ago: ${bytes(size)} from ${sender}`;
}
