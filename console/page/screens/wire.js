// The wire: the last datagrams, and the counts of what came in and what was refused.

import * as api from "../api.js";
import { here, replaceParams } from "../state/route.js";
import { h, put } from "../views/parts/dom.js";
import { attempt } from "../views/parts/problem.js";
import { received } from "../views/parts/received.js";
import { datagramFacts, makeDatagrams } from "../views/wire/datagrams.js";

export function wireScreen({ panel, frame, refresh: again }) {
  const message = h("div", { class: "message" });
  const counts = h("div");
  let settled = true;
  const datagrams = makeDatagrams(frame.main, { onchoose: choose, onopen: (one) => panel.open("Datagram", datagramFacts(one, here())) });

  function choose(changed) {
    replaceParams(changed);
    again();
  }

  return {
    element: h("section", { class: "wire-view" },
      h("div", { class: "view-head" }, h("h1", null, "Wire"), datagrams.choices, h("span", { class: "hint" }, "The last 500 datagrams")),
      message, counts, datagrams.element),
    title: "Wire",
    show: () => {},
    async refresh() {
      settled = await attempt(message, async () => datagrams.show(await api.wire(), here()));
    },
    isSettled: () => settled,
    showStatus: (status) => put(counts, status && received(status, here())),
    close: datagrams.close,
  };
}
