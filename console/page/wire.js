// The wire: the last datagrams with size, sender, verdict and reason.

import * as api from "./api.js";
import { received } from "./delivery.js";
import { button, h, put } from "./dom.js";
import { bothTimes, bytes, clock } from "./format.js";
import { facts } from "./panel.js";
import { attempt } from "./problem.js";
import { here, replaceParams, traceLink } from "./route.js";
import { shortId } from "./trace-id.js";
import { WindowList } from "./window-list.js";

const ROW_HEIGHT = 32;
const SIGNS = { accepted: ["ok", "✓"], warned: ["error", "!"], refused: ["fault", "✕"] };
const HEADS = ["Time", "Verdict", "Size", "Via", "Sender", "Segment", "Trace", "Reason or first characters"];

export function wireView({ panel, frame, refresh: again }) {
  const message = h("div", { class: "message" });
  const counts = h("div");
  const sender = h("select", { "aria-label": "Sender", onchange: () => choose({ sender: sender.value }) });
  const verdict = h("select", { "aria-label": "Verdict", onchange: () => choose({ verdict: verdict.value }) });
  const rows = new WindowList(frame.main, { rowHeight: ROW_HEIGHT, key: keyOf, same: () => true,
    render: (datagram) => rowOf(datagram, () => openDatagram(datagram, panel)) });
  const heads = HEADS.map((words) => h("span", { role: "columnheader" }, words));
  const table = h("div", { class: "table wire", role: "table", "aria-label": "Last datagrams" },
    h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" }, heads)), rows.element);

  function choose(changed) {
    replaceParams(changed);
    again();
  }

  const refresh = () => attempt(message, async () => show(await api.wire(), here().params));

  function show(datagrams, { sender: from = "", verdict: only = "" }) {
    options(sender, "All senders", [...new Set(datagrams.map((one) => one.sender))], from);
    options(verdict, "All verdicts", ["accepted", "warned", "refused"], only);
    rows.show(datagrams.filter((one) => (!from || one.sender === from) && (!only || one.verdict === only)));
  }

  return {
    element: h("section", { class: "wire-view" },
      h("div", { class: "view-head" }, h("h1", null, "Wire"), sender, verdict, h("span", { class: "hint" }, "The last 500 datagrams")),
      message, counts, table),
    title: "Wire",
    show: () => {},
    refresh,
    showStatus: (status) => put(counts, status && received(status)),
    close: () => rows.close(),
  };
}

function options(select, all, values, chosen) {
  if (document.activeElement === select) return;
  const known = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  put(select, h("option", { value: "" }, all), known.map((value) => h("option", { value, selected: value === chosen }, value)));
}

function keyOf({ at, sender, bytes: size, excerpt }) {
  return `${at} ${sender} ${size} ${excerpt}`;
}

function rowOf({ at, sender, bytes: size, via, verdict, reason, trace_id: trace, name, excerpt }, onopen) {
  const [kind, sign] = SIGNS[verdict] ?? SIGNS.refused;
  const cells = [clock(at),
    [h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, sign), ` ${verdict}`],
    bytes(size), via, sender, name ?? "–",
    trace ? h("a", { class: "mono", href: traceLink(trace) }, shortId(trace)) : "–",
    button(reason || excerpt, onopen, { class: "link excerpt", title: "All of it" })];
  return h("div", { class: `row ${verdict}`, role: "row", title: bothTimes(at) }, cells.map((content) => h("span", { role: "cell" }, content)));
}

function openDatagram({ at, sender, bytes: size, via, verdict, reason, trace_id: trace, name, excerpt }, panel) {
  const pairs = [["Verdict", verdict], ["Reason", reason], ["At", bothTimes(at)], ["Sender", sender], ["Via", via], ["Size", bytes(size)],
    ["Segment", name], ["Trace", trace && h("a", { class: "mono", href: traceLink(trace) }, trace)]];
  panel.open("Datagram", [facts(pairs), h("h3", null, "First characters"), h("pre", { class: "json" }, excerpt)]);
}
