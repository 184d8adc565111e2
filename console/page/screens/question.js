// What the map and the list of traces ask again and again: the current filter and time range.

import * as api from "../api.js";
import { windowOf } from "../model/address.js";
import { go, here, host } from "../state/route.js";
import { clock } from "../model/format.js";
import { put } from "../views/parts/dom.js";
import { emptyState } from "../views/parts/empty.js";
import { problem } from "../views/parts/problem.js";

/** For a screen: `ask(window, filter, signal)` is asked and `show(answer, window, signal)` told of each answer that still matters;
 *  what goes wrong is put into `message`, or shown at the filter. Until the answer to another question is there, `content` is
 *  dimmed and `asking` says so. `missing` says which traces of the window the answer lacks (`incomplete_before`).
 *  → `{ refresh(signal), renew(), isSettled(), showStatus(status) }`: settled is what need not be asked again before something arrives. */
export function question(view, { frame, message, content, asking, missing }, ask, show) {
  let refused = null;
  let answered = "";
  let settled = false;
  let status = null;

  async function refresh(signal) {
    const { params: { filter, timeRange } } = here();
    if (filter && filter === refused) return;
    const mine = JSON.stringify([filter, timeRange]);
    wait(mine !== answered);
    try {
      const window = windowOf(timeRange);
      const answer = await ask(window, filter, signal);
      if (signal?.aborted || here().view !== view || here().params.filter !== filter) return;
      frame.filter.fail(null);
      answered = mine;
      wait(false);
      sayMissing(answer.incomplete_before);
      // An empty state tells of what is refused too, which no event announces.
      settled = await show(answer, window, signal);
    } catch (error) {
      if (signal?.aborted) return;
      const atFilter = frame.filter.fail(error);
      refused = atFilter ? filter : null;
      settled = atFilter;
      wait(false);
      put(message, !atFilter && problem(error));
    }
  }

  function wait(waits) {
    content.classList.toggle("asking", waits);
    content.setAttribute("aria-busy", String(waits));
    put(asking, waits && "asking…");
  }

  function showStatus(next) {
    status = next;
  }

  function sayMissing(before) {
    const why = status?.disk
      ? "one answer has no room for them, but one about a shorter range may, and each is found by its id"
      : "memory has no room for them";
    put(missing, before && `Without traces from before ${clock(before)}: ${why}.`);
  }

  // A filter that does not parse is not asked again before the reader has changed it or sent it once more.
  return { refresh, renew: () => { refused = null; }, isSettled: () => settled, showStatus };
}

/** What to show where nothing is found. */
export async function whyEmpty() {
  return emptyState(await api.status().catch(() => null), here(), host(), go);
}
