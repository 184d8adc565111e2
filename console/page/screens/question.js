// What the map and the list of traces ask again and again: the current filter and time range.

import * as api from "../api.js";
import { windowOf } from "../model/address.js";
import { go, here, host } from "../state/route.js";
import { put } from "../views/parts/dom.js";
import { emptyState } from "../views/parts/empty.js";
import { problem } from "../views/parts/problem.js";

/** For a screen: `ask(window, filter)` is asked and `show(answer, window)` told of each answer that still matters;
 *  what goes wrong is put into `message`, or shown at the filter. → `{ refresh(), renew() }`. */
export function question(view, frame, message, ask, show) {
  let refused = null;

  async function refresh() {
    const { params: { filter, timeRange } } = here();
    if (filter && filter === refused) return;
    try {
      const window = windowOf(timeRange);
      const answer = await ask(window, filter);
      if (here().view !== view || here().params.filter !== filter) return;
      frame.filter.fail(null);
      await show(answer, window);
    } catch (error) {
      const mine = frame.filter.fail(error);
      refused = mine ? filter : null;
      put(message, !mine && problem(error));
    }
  }

  // A filter that does not parse is not asked again before the reader has changed it or sent it once more.
  return { refresh, renew: () => { refused = null; } };
}

/** What to show where nothing is found. */
export async function whyEmpty() {
  return emptyState(await api.status().catch(() => null), here(), host(), go);
}
