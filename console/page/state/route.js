// Where the reader is: the URL holds the view, the filter, the time range and what is selected.

import { changed, parse } from "../model/address.js";

/** The route of the page now: `{ view, id, side, params }`. */
export function here() {
  return parse(location.hash);
}

/** Goes to a fragment; refreshes the view if the page is there already. */
export function go(fragment) {
  if (location.hash === fragment) again();
  else location.hash = fragment;
}

/** Refreshes the view. */
export function again() {
  dispatchEvent(new Event("hashchange"));
}

/** Changes parameters of the current view. Replaces the history entry, for what is not worth a step back. */
export function replaceParams(others) {
  history.replaceState(null, "", changed(here(), others));
}

/** Calls `listener` whenever the reader goes somewhere. */
export function onRoute(listener) {
  addEventListener("hashchange", listener);
}

/** The console's address, from the address bar. */
export function host() {
  return location.host;
}
